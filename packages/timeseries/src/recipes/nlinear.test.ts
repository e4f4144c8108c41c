import { initializer, namedParams } from '@nextx/core';
import { expectAllClose } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { nLinearRecipe } from './nlinear.ts';

beforeAll(() => tf.setBackend('cpu'));

const options = nLinearRecipe.parse({ lookBack: 3, horizon: 2 });
const values = () => tf.tensor3d([1, 10, 4, 40, 6, 60], [1, 3, 2]);

describe('NLinear', () => {
  it('repeats the last value where its weights are zero', async () => {
    const map = { weight: tf.zeros([3, 2]) as tf.Tensor2D, bias: tf.zeros([2]) as tf.Tensor1D };

    const forecast = nLinearRecipe.bind(options, { map }).predict({ values: values() });

    await expectAllClose(forecast, [6, 60, 6, 60], 0);
  });

  it('maps what is left without the last value, and adds it back', async () => {
    // The first of -5, -2, 0 doubled, and the sum of all plus 1.
    const map = { weight: tf.tensor2d([2, 1, 0, 1, 0, 1], [3, 2]), bias: tf.tensor1d([0, 1]) };

    const forecast = nLinearRecipe.bind(options, { map }).predict({ values: values() });

    await expectAllClose(forecast, [-4, -40, 0, -9], 1e-5);
  });

  it('has the official names of its weights', () => {
    const params = nLinearRecipe.init(options, initializer([1, 1]));

    const names = nLinearRecipe
      .importRules?.(options, params)
      .map(({ own, official }) => [own, official]);

    expect(namedParams(params).map(([path]) => path)).toEqual(names?.map(([own]) => own));
    expect(names).toEqual([
      ['map.weight', 'Linear.weight'],
      ['map.bias', 'Linear.bias'],
    ]);
  });
});
