import type { SampleContext } from '@nextx/core';
import { cachedDifference } from '@nextx/core/conformance';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyRecipeInstance } from '../conformance-table.test-support.ts';
import type { ImageSequenceModel } from './image-recipe.ts';
import { smoothModel, smoothTemperature, softCodeWeights } from './var-smooth.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('smoothTemperature', () => {
  it('falls from 0.27 to 0.0135 over the steps', () => {
    expect([0, 0.5, 1].map(smoothTemperature)).toEqual([
      0.27,
      expect.closeTo(0.14175, 10),
      expect.closeTo(0.0135, 10),
    ]);
  });
});

describe('softCodeWeights', () => {
  it('weighs equal logits by the exponential of the noise at temperature 1', () => {
    const weights = softCodeWeights([2, 2], [Math.log(3), Math.log(1)], 1);

    expect([...weights]).toEqual([expect.closeTo(0.75, 12), expect.closeTo(0.25, 12)]);
  });

  it('gives codes that were ruled out no weight', () => {
    expect([...softCodeWeights([0, -Infinity], [0, 5], 0.1)]).toEqual([1, 0]);
  });
});

describe('smoothModel', () => {
  const codebook = tf.tensor2d(
    Array.from({ length: 16 }, (_, id) => [id, -id]),
    [16, 2],
  );
  const context: SampleContext = {
    items: 1,
    isGuided: false,
    guidanceScale: 1,
    sampling: {},
    keyOf: (item, row) => [item, row],
  };
  /** Four positions of the second step, all with the same hidden state. */
  const hidden = () => tf.ones([1, 4, 16]) as tf.Tensor3D;

  it('draws vectors between the codes, and the code itself where only one is left', async () => {
    const { model, dispose } = await tinyRecipeInstance('var', 1n);
    const smooth = smoothModel(model as ImageSequenceModel, { codebook });

    const mixed = await smooth.sample(hidden(), context);
    const greedy = await smooth.sample(hidden(), { ...context, sampling: { temperature: 0 } });
    const drawn = await model.sample(hidden(), { ...context, sampling: { temperature: 0 } });

    expect(mixed).toHaveLength(4 * 2);
    expect(mixed.some((value) => !Number.isInteger(value))).toBe(true);
    expect([...greedy]).toEqual([...drawn].flatMap((id) => [id, -id]));
    dispose();
  });

  it('decodes vectors with its cache to the hidden states of one full pass', async () => {
    const { model, condition, dispose } = await tinyRecipeInstance('var', 1n);
    const smooth = smoothModel(model as ImageSequenceModel, { codebook });
    const vectors = tf.randomNormal([2, 14, 4], 0, 1, 'float32', 7);

    expect(await cachedDifference(smooth, vectors, condition(2, false))).toBeLessThan(1e-4);
    dispose();
  });

  it('gives given positions their own codes, and leaks no tensor', async () => {
    const { model, dispose } = await tinyRecipeInstance('var', 1n);
    // One position of the first step, four of the second, nine of the third.
    const given = Int32Array.from({ length: 14 }, (_, position) => (position === 2 ? 7 : -1));
    const smooth = smoothModel(model as ImageSequenceModel, { codebook, given });
    const free = smoothModel(model as ImageSequenceModel, { codebook });
    const states = hidden();
    const before = tf.memory().numTensors;

    const [some, none] = [await smooth.sample(states, context), await free.sample(states, context)];

    expect(tf.memory().numTensors).toBe(before);
    expect([...some]).toEqual([...none.slice(0, 2), 7, -7, ...none.slice(4)]);
    states.dispose();
    dispose();
  });
});
