import { OptionError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { parseLlamaGenOptions } from './llamagen.ts';
import { parseVarOptions } from './var.ts';
import { parseMultiScaleVqOptions } from '../tokenizers/multi-scale-vq.ts';
import { parseVqganOptions } from '../tokenizers/vqgan.ts';

type Parse = (options: unknown) => unknown;

describe('options of the recipes', () => {
  it.each<[string, Parse, unknown, string]>([
    ['var', parseVarOptions, { depth: 0 }, 'depth'],
    ['var', parseVarOptions, { depth: 1.5 }, 'depth'],
    ['var', parseVarOptions, { classDropout: 1.1 }, 'classDropout'],
    ['var', parseVarOptions, { depht: 16 }, 'depht'],
    ['var', parseVarOptions, null, 'var'],
    ['llamagen', parseLlamaGenOptions, { ropeTheta: -1 }, 'ropeTheta'],
    ['llamagen', parseLlamaGenOptions, { caption: { tokens: 3 } }, 'channels'],
    ['var-tokenizer', parseMultiScaleVqOptions, { sides: [] }, 'sides'],
    ['var-tokenizer', parseMultiScaleVqOptions, { imageSize: 250 }, 'imageSize'],
    [
      'var-tokenizer',
      parseMultiScaleVqOptions,
      { sides: [1, 2, 4] },
      '256 / 16 = 16|imageSize / 16 = 16',
    ],
    ['var-tokenizer', parseMultiScaleVqOptions, { imageChannels: 2 }, 'imageChannels'],
    ['llamagen-tokenizer', parseVqganOptions, { imageSize: 250 }, 'multiple of 16'],
    ['llamagen-tokenizer', parseVqganOptions, { codebookSize: -1 }, 'codebookSize'],
  ])('%s refuses %#: CONFIG naming the value', (_, parse, options, message) => {
    expect(() => parse(options)).toThrow(OptionError);
    expect(() => parse(options)).toThrow(new RegExp(message));
    expect(() => parse(options)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });

  it('of var follow its depth: 64 of width and one head a block, drop path 0.1 at depth 24', () => {
    const { width, heads, dropPathRate } = parseVarOptions({ depth: 24 });

    expect([width, heads]).toEqual([1536, 24]);
    expect(dropPathRate).toBeCloseTo(0.1, 12);
  });
});
