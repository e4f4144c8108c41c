import { describe, expect, it } from 'vitest';
import { parseEvaluation, type Evaluation } from './evaluation.ts';

const real = { count: 100, realCount: 100, frechetPca64: 0.5 };
const evaluation: Evaluation = {
  date: '2026-01-31',
  command: 'nextx evaluate --model little',
  machine: { processor: 'abacus', cores: 1, memoryGib: 2, node: '20.19.0', engine: 'cpu 1' },
  model: {
    name: 'little',
    recipe: 'var',
    checksum: 'ab'.repeat(32),
    tokenizerRecipe: 'var-tokenizer',
    tokenizerParameters: 2000,
  },
  data: { name: 'squares', trainCount: 100, testCount: 100, width: 8, channels: 3 },
  tokenizer: {
    psnr: 20.5,
    used: 0.75,
    perplexity: 12,
    bitsPerPixel: 0.5,
    tokensPerPicture: 49,
    distances: real,
  },
  scale: { train: real, independentPixels: real },
  accuracy: {
    guidance: 1,
    accuracy: 0.5,
    count: 4,
    classes: [
      { name: 'coat', count: 4, accuracy: 0.5, mistakenFor: 'shirt' },
      { name: 'shirt', count: 0, accuracy: NaN },
    ],
  },
};
const written = (): object => JSON.parse(JSON.stringify(evaluation)) as object;

describe('parseEvaluation', () => {
  it('gives back what was written, also where a share is not known', () => {
    expect(parseEvaluation('e', written())).toEqual(evaluation);
  });

  it.each([
    ['lacks its date', { date: undefined }],
    ['has a figure that is text', { tokenizer: { ...evaluation.tokenizer, psnr: '20' } }],
    ['has a key that no evaluation has', { extra: 1 }],
  ])('refuses one that %s', (_, change) => {
    expect(() => parseEvaluation('e', { ...written(), ...change })).toThrow(
      expect.objectContaining({ code: 'CONFIG' }),
    );
  });
});
