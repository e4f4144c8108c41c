import { disposeParams, initializer } from '@nextx/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyRecipeInstance, tinyRecipes } from '../conformance-table.test-support.ts';
import { imageRecipes, imageTokenizers } from '../recipes.ts';
import type { ImageSequenceModel } from '../recipes/image-recipe.ts';
import { useWasm } from '../recipes/parity.test-support.ts';
import { bitsPerImage, encodeDataset, sequenceTrainee } from './sequence-trainee.ts';
import type { EncodedDataset } from './sequence-trainee.ts';
import { fewSteps, tinyDataset } from './trainees.test-support.ts';

const encoded: EncodedDataset = {
  ids: Int32Array.from({ length: 8 * 14 }, (_, index) => (index * 5) % 16),
  labels: Int32Array.from({ length: 8 }, (_, item) => item % 3),
  count: 8,
  length: 14,
};

beforeAll(useWasm);

describe('sequenceTrainee', () => {
  it('lowers its loss in five steps, says the bits of a picture, and leaks no tensor', async () => {
    const recipe = await imageRecipes['var']();
    const instance = await tinyRecipeInstance('var', 1n);
    const trainee = sequenceTrainee({
      // The instance binds weights to the very model that the trainee expects.
      bind: instance.rebind as (weights: unknown) => ImageSequenceModel,
      params: instance.model.params,
      dataset: encoded,
      heldOut: encoded,
      classes: 3,
      classDropout: 0.5,
      decays: recipe.decays,
    });
    const before = tf.memory().numTensors;

    const progress = await fewSteps(trainee, 5);

    expect(progress[4].loss).toBeLessThan(progress[0].loss);
    expect(Object.keys(progress[4].validation ?? {})).toEqual(['bitsPerImage']);
    expect(tf.memory().numTensors).toBe(before);
    instance.dispose?.();
  });

  it('shows the null class to all samples at a dropout of 1, to none at 0', async () => {
    const instance = await tinyRecipeInstance('var', 1n);
    const shown: number[][] = [];
    const bind = (weights: unknown): ImageSequenceModel => {
      const model = instance.rebind(weights as never) as ImageSequenceModel;
      return {
        ...model,
        condition: (labels) => {
          shown.push([...labels]);
          return model.condition(labels);
        },
      };
    };
    for (const classDropout of [0, 1]) {
      const { loss, params } = sequenceTrainee({
        bind,
        params: instance.model.params,
        dataset: encoded,
        heldOut: encoded,
        classes: 3,
        classDropout,
        decays: () => false,
      });
      tf.tidy(() => {
        loss(params, Int32Array.of(0, 1, 2, 4), [1, 2]);
      });
    }

    expect(shown).toEqual([
      [0, 1, 2, 1],
      [3, 3, 3, 3],
    ]);
    instance.dispose?.();
  });
});

describe('bitsPerImage', () => {
  it('is the tokens times four bits where all 16 codes are equally likely', async () => {
    const recipe = await imageRecipes['llamagen']();
    const tokenizerRecipe = await imageTokenizers['llamagen-tokenizer']();
    const tokenizerOptions = tokenizerRecipe.parse(tinyRecipes['llamagen'].tokenizer);
    const weights = tokenizerRecipe.init(tokenizerOptions, initializer([1, 2]));
    const tokenizer = tokenizerRecipe.bind(tokenizerOptions, weights);
    const options = recipe.parse(tinyRecipes['llamagen'].options);
    // The official output starts at zero, so the first distribution is uniform.
    const params = recipe.init(options, tokenizer, initializer([1, 3]));
    const ids = encoded.ids.subarray(0, 8 * tokenizer.length);

    const bits = await bitsPerImage(recipe.bind(options, params, tokenizer), {
      ...encoded,
      ids,
      length: tokenizer.length,
    });

    expect(bits).toBeCloseTo(tokenizer.length * 4, 4);
    disposeParams(params);
    disposeParams(weights);
  });
});

describe('encodeDataset', () => {
  it('keeps labels and gives the ids that encoding gives, reporting how far it is', async () => {
    const recipe = await imageTokenizers['var-tokenizer']();
    const options = recipe.parse(tinyRecipes['var'].tokenizer);
    const params = recipe.init(options, initializer([1, 2]));
    const tokenizer = recipe.bind(options, params);
    const dataset = tinyDataset();
    const reported: number[] = [];
    const before = tf.memory().numTensors;

    const result = await encodeDataset(tokenizer, dataset, {
      onProgress: (done) => reported.push(done),
    });

    expect(tf.memory().numTensors).toBe(before);
    expect(result).toMatchObject({ count: 8, length: 14, labels: dataset.labels });
    expect(result.ids).toHaveLength(8 * 14);
    expect(reported).toEqual([8]);
    disposeParams(params);
  });

  it('stops when it is aborted', async () => {
    const recipe = await imageTokenizers['var-tokenizer']();
    const options = recipe.parse(tinyRecipes['var'].tokenizer);
    const params = recipe.init(options, initializer([1, 2]));
    const reason = new Error('enough');

    const encoding = encodeDataset(recipe.bind(options, params), tinyDataset(), {
      signal: AbortSignal.abort(reason),
    });

    await expect(encoding).rejects.toBe(reason);
    disposeParams(params);
  });
});
