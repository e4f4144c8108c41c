import {
  countParams,
  disposeParams,
  initializer,
  mapParams,
  OptionError,
  transformer,
} from '@nextx/core';
import type { Initializer } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  continueRows,
  headSchedule,
  timeMoeInputs,
  timeMoeLoss,
  timeMoeParts,
  timeMoeRecipe,
} from './time-moe.ts';
import type { TimeMoeOptions } from './time-moe.ts';

beforeAll(() => tf.setBackend('cpu'));

const options: TimeMoeOptions = {
  lookBack: 6,
  horizon: 5,
  blocks: 2,
  width: 8,
  heads: 2,
  hidden: 8,
  experts: 3,
  headLengths: [1, 2, 4],
};
const random = (shape: number[], key = 1): tf.Tensor => initializer([key, 0]).normal(shape, 1);
/** Weights that are large enough for every part to show. */
const made = (given: TimeMoeOptions = options) => {
  const params = mapParams(timeMoeRecipe.init(given, initializer([2, 2])), (weight, path) =>
    weight.rank === 2 ? random(weight.shape, path.length).mul(0.4) : weight,
  );
  return { params, forecaster: timeMoeRecipe.bind(given, params) };
};

describe('headSchedule', () => {
  it('takes the longest head that fits what is left', () => {
    expect(headSchedule([1, 4, 8], 15)).toEqual([8, 4, 1, 1, 1]);
    expect(headSchedule([1, 8, 32, 64], 96)).toEqual([64, 32]);
    expect(headSchedule([1, 8, 32, 64], 720)).toHaveLength(13);
  });
});

describe('Time-MoE', () => {
  it('forecasts from what it remembers as from reading everything again', async () => {
    const { params } = made();
    const rows = random([2, 6]) as tf.Tensor2D;
    const backbone = transformer(timeMoeParts(options));
    let all = rows;
    for (const [length, head] of [
      [4, 2],
      [1, 0],
    ]) {
      const hidden = backbone.forward(
        params.backbone,
        timeMoeInputs(options, params, { rows: all }),
      );
      const last = hidden.slice([0, all.shape[1] - 1, 0], [2, 1, 8]).reshape([2, 8]);
      const next = tf.matMul(last as tf.Tensor2D, params.heads[head].weight);
      expect(next.shape[1]).toBe(length);
      all = tf.concat([all, next], 1) as tf.Tensor2D;
    }

    const forecast = continueRows(options, params, { rows, horizon: 5 });

    await expectAllClose(forecast, await all.slice([0, 6]).data(), 1e-4);
  });

  it('shifts and scales its forecast with the window', async () => {
    const { forecaster } = made();
    const values = random([2, 6, 3]).mul(10) as tf.Tensor3D;

    const shifted = forecaster.predict({ values: values.mul(3).add(50) as tf.Tensor3D });

    await expectAllClose(shifted, await forecaster.predict({ values }).mul(3).add(50).data(), 1e-2);
  });

  it('is not normalized where the caller does that', async () => {
    const { forecaster, params } = made({ ...options, isNormalized: false });
    const values = random([1, 6, 1]) as tf.Tensor3D;

    const forecast = forecaster.predict({ values });

    const rows = values.reshape([1, 6]) as tf.Tensor2D;
    const continued = continueRows(options, params, { rows, horizon: 5 });
    await expectAllClose(forecast, await continued.data(), 1e-5);
  });

  it('does not count labels beyond the end for its longer heads', async () => {
    const { params } = made();
    const inputs = random([1, 6]) as tf.Tensor2D;
    const labels = random([1, 6], 5) as tf.Tensor2D;
    const hidden = transformer(timeMoeParts(options)).forward(
      params.backbone,
      timeMoeInputs(options, params, { rows: inputs }),
    );
    const pairs = tf.matMul(hidden.reshape([6, 8]) as tf.Tensor2D, params.heads[1].weight);
    const [predicted, wanted] = [await pairs.data(), await labels.data()];
    const huber = (error: number) =>
      Math.abs(error) < 2 ? error ** 2 / 2 : 2 * Math.abs(error) - 2;
    let sum = 0;
    for (let time = 0; time < 6; time++) {
      for (const ahead of [0, 1].filter((one) => time + one < 6)) {
        sum += huber(predicted[2 * time + ahead] - wanted[time + ahead]);
      }
    }

    const { ofHeads } = timeMoeLoss(options, params, { inputs, labels, mask: tf.ones([1, 6]) });

    // Six labels of the next value, five of the one after it.
    await expectAllClose(ofHeads.slice([1], [1]), [sum / 11], 1e-4);
  });

  it('learns: its loss falls under Adam', async () => {
    const { params } = made();
    const variables = mapParams(params, (weight) => tf.variable(weight));
    const { loss } = timeMoeRecipe.bind(options, variables);
    const values = random([4, 11, 2]) as tf.Tensor3D;
    const [before] = await loss({ values }).data();
    const optimizer = tf.train.adam(1e-2);
    for (let step = 0; step < 20; step++) optimizer.minimize(() => loss({ values }));

    expect((await loss({ values }).data())[0]).toBeLessThan(0.7 * before);
  });

  it('of the released base size has 113,352,192 weights', () => {
    const zeros = (shape: readonly number[]) => tf.zeros([...shape]);
    const empty: Initializer = {
      normal: zeros,
      truncatedNormal: zeros,
      uniform: zeros,
      zeros,
      ones: zeros,
      constant: zeros,
    };
    const count = (blocks: number) => {
      const params = timeMoeRecipe.init({ blocks }, empty);
      const sum = countParams(params);
      disposeParams(params);
      return sum;
    };

    expect(count(1) + 11 * (count(2) - count(1))).toBe(113_352_192);
  });

  it.each([
    { headLengths: [2, 4] },
    { headLengths: [1, 4, 4] },
    { experts: 0 },
    { width: 8, heads: 3 },
    { experts: 2, expertsPerValue: 3 },
  ])('refuses the options %j', (given) => {
    expect(() => timeMoeRecipe.init(given, initializer([1, 1]))).toThrow(OptionError);
  });

  it('frees everything but its results', async () => {
    const { params, forecaster } = made();
    const values = random([2, 11, 2]) as tf.Tensor3D;
    const past = values.slice([0, 0, 0], [2, 6, 2]);
    await expectNoTensorLeak(() => {
      forecaster.predict({ values: past }).dispose();
      forecaster.loss({ values }).dispose();
      disposeParams(timeMoeRecipe.init(options, initializer([1, 1])));
    });
    await expectNoTensorLeak(() => {
      const inputs = random([1, 4]) as tf.Tensor2D;
      tf.dispose(timeMoeLoss(options, params, { inputs, labels: inputs, mask: inputs }));
      inputs.dispose();
    });
  });
});
