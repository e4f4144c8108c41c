import { disposeParams, initializer, namedParams } from '@nextx/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyRecipes } from '../conformance-table.test-support.ts';
import { imageTokenizers } from '../recipes.ts';
import { useWasm } from '../recipes/parity.test-support.ts';
import { reconstructionFigures, tokenizerTrainee } from './tokenizer-trainee.ts';
import { fewSteps, tinyDataset } from './trainees.test-support.ts';

async function tinyTrainee(name: string, restartUntil = 0) {
  const recipe = await imageTokenizers[`${name}-tokenizer`]();
  const options = recipe.parse(tinyRecipes[name].tokenizer);
  const params = recipe.init(options, initializer([1, 2]));
  const dataset = tinyDataset();
  const trainee = tokenizerTrainee({
    bind: (weights) => recipe.bind(options, weights),
    params,
    dataset,
    heldOut: dataset,
    restartUntil,
  });
  return { recipe, options, params, trainee, dataset };
}

beforeAll(useWasm);

describe('tokenizerTrainee', () => {
  it.each(['var', 'llamagen'])(
    'of %s lowers its loss in five steps and leaks no tensor',
    async (name) => {
      const { params, trainee } = await tinyTrainee(name);
      const before = tf.memory().numTensors;

      const progress = await fewSteps(trainee, 5);

      expect(progress[4].loss).toBeLessThan(progress[0].loss);
      expect(Object.keys(progress[0].metrics)).toContain('reconstruction');
      expect(Object.keys(progress[4].validation ?? {})).toEqual([
        'psnr',
        'codesUsed',
        'codePerplexity',
      ]);
      expect(tf.memory().numTensors).toBe(before);
      disposeParams(params);
    },
  );

  it('moves unused codes after every 50th step until the last such step', async () => {
    const { params, trainee } = await tinyTrainee('var', 100);

    const revised = [48, 49, 99, 149].map((step) => trainee.revise?.(step, params, [1, 2]));

    expect(revised.map((changes) => changes && [...changes.keys()])).toEqual([
      undefined,
      ['quantizer.codebook'],
      ['quantizer.codebook'],
      undefined,
    ]);
    const shape = namedParams(params).find(([path]) => path === 'quantizer.codebook')?.[1].shape;
    expect(revised[1]?.get('quantizer.codebook')?.shape).toEqual(shape);
  });
});

describe('reconstructionFigures', () => {
  it('gives the mean decibels of what decoding gives back, by hand', async () => {
    const { recipe, options, params, dataset } = await tinyTrainee('llamagen');
    const tokenizer = recipe.bind(options, params);
    // A tokenizer whose pictures are 0.1 too bright everywhere: 10 log10(4 / 0.01) = 26.02 dB.
    const shifted = {
      ...tokenizer,
      encode: (images: tf.Tensor) => {
        seen.push(tf.keep(images.clone()));
        return tokenizer.encode(images);
      },
      decode: () => tf.add(seen[seen.length - 1], 0.1) as tf.Tensor4D,
    };
    const seen: tf.Tensor[] = [];

    const { psnr } = await reconstructionFigures(shifted, dataset);

    expect(psnr).toBeCloseTo(26.0206, 3);
  });
});
