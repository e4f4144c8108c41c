import { comparison, describeParity, expectAllClose, loadFixture } from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { gatherWindows } from '../data/windows.ts';
import {
  penaltyForShare,
  penaltyRamp,
  penaltySlope,
  sparsityPenalty,
} from '../layers/sparsity-penalty.ts';
import { arNetRecipe, autoRegressionOf } from './ar-net.ts';
import { fitArNet } from './fit-ar-net.ts';

interface Config {
  readonly config: {
    readonly p_true: number;
    readonly sparse: readonly number[];
    readonly sparsity: number;
    readonly start: number;
    readonly full: number;
    readonly c1: number;
    readonly c2: number;
    readonly n_epoch: number;
    readonly n_iter: number;
  };
}

const source = { modality: 'timeseries', system: 'ar-net' };

describeParity('AR-Net', source, () => {
  let fixture: Fixture<Config>;
  let compare: Comparison;
  let config: Config['config'];

  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>(source.modality, source.system);
    compare = comparison(fixture);
    ({ config } = fixture.config);
  });

  /** All windows of a series with one value after them, `[B, p + 1, 1]`. */
  const windowsOf = async (name: string, order: number): Promise<tf.Tensor3D> => {
    const values = Float64Array.from(await compare.tensorOf(name).data());
    const starts = Array.from({ length: values.length - order }, (_, start) => start);
    const windows = gatherWindows({ values, columns: 1 }, starts, order + 1);
    return tf.tensor3d(windows, [starts.length, order + 1, 1]);
  };
  const symmetricError = async (name: string, coefficients: ArrayLike<number>): Promise<number> => {
    const real = await compare.tensorOf(name).data();
    const sum = (values: ArrayLike<number>) =>
      Array.from(values).reduce((total, value) => total + Math.abs(value), 0);
    const differences = Array.from(coefficients, (value, lag) => value - real[lag]);
    return (100 * sum(differences)) / (sum(coefficients) + sum(real));
  };

  it('reaches least squares by plain gradient descent, whose error and coefficients are the official', async () => {
    const order = config.p_true;
    const windows = { values: await windowsOf('dense_series', order) };
    const weight = tf.variable(tf.zeros<tf.Rank.R2>([order, 1])) as tf.Variable<tf.Rank.R2>;
    const bias = tf.variable(tf.zeros<tf.Rank.R1>([1])) as tf.Variable<tf.Rank.R1>;
    const params = { map: { weight, bias } };
    const { loss } = arNetRecipe.bind({ order }, params);
    const optimizer = tf.train.sgd(0.15);
    for (let step = 0; step < 400; step++) optimizer.minimize(() => loss(windows));

    compare.expectParity('dense_gd_weights', await weight.data());
    compare.expectParity('dense_ols_weights', await weight.data());
    compare.expectParity('dense_ols_bias', await bias.data());
    compare.expectParity('dense_ols_mse', await loss(windows).data());
    const { coefficients } = await autoRegressionOf(params);
    compare.expectParity('dense_ols_coeff', coefficients);
    compare.expectParity('dense_ols_stpe', [await symmetricError('dense_true', coefficients)]);
  });

  it('has the official penalty, gradient and schedule', async () => {
    const weight = compare.tensorOf('reg_weight');
    const form = { steepness: config.c1, root: config.c2 };
    const penalty = sparsityPenalty(weight, form);
    const values = tf.stack(tf.unstack(weight.flatten()).map((one) => sparsityPenalty(one, form)));
    const gradient = tf.grad((w) => sparsityPenalty(w, form))(weight);

    compare.expectParity('reg_values', await values.data());
    await expectAllClose(penalty, await tf.mean(compare.tensorOf('reg_values')).data(), 1e-6);
    compare.expectParity('reg_grad', await gradient.data());
    const weights = await weight.data();
    const slopes = Array.from(weights, (one) => penaltySlope(one, form) / weights.length);
    compare.expectParity('reg_grad', slopes);

    const largest = penaltyForShare(config.sparsity, 0.01);
    compare.expectParity('lam_max', [largest]);
    const steps = config.n_epoch * config.n_iter;
    const ramp = Array.from(
      { length: steps },
      (_, step) => largest * penaltyRamp((step + 1) / steps, config),
    );
    compare.expectParity('lam_schedule', ramp);
    const [mean] = await penalty.data();
    compare.expectParity(
      'reg_terms',
      ramp.map((factor) => factor * mean),
    );
  });

  it('finds the lags that count, where least squares of all lags is further off', async () => {
    const order = config.sparse.length;
    const values = Float64Array.from(await compare.tensorOf('sparse_series').data());
    const { coefficients: leastSquares } = await fitArNet(values, { order });
    const { coefficients } = await fitArNet(values, { order, sparsity: config.sparsity });

    compare.expectParity('sparse_ols_coeff', leastSquares);
    compare.expectParity('sparse_net_coeff', coefficients);
    const [officialDense, officialSparse] = await compare.tensorOf('sparse_stpe').data();
    expect(await symmetricError('sparse_true', leastSquares)).toBeCloseTo(officialDense, 0);
    expect(await symmetricError('sparse_true', coefficients)).toBeLessThan(officialSparse + 1);
  });

  it('leaves no stored tensor unread', () => {
    expect([...fixture.io.keys()].filter((name) => !compare.seen.has(name))).toEqual([]);
  });
});
