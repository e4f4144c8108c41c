import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { flowHead, initializer } from '@nextx/core';
import { expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { normalQuantile } from '../normal-quantile.ts';
import { pathQuantiles, rollPaths } from '../roll-paths.ts';
import type { PathPredictor } from '../roll-paths.ts';
import type { RowScaling } from '../tokenizers/row-scaling.ts';
import { segmentForecaster } from './segment-forecaster.ts';
import type { SegmentNetwork } from './segment-network.ts';

beforeAll(() => {
  // Plain JS would take a minute.
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(wasm) + sep);
  return tf.setBackend('wasm');
});

const coefficient = 0.7;
const head = flowHead({ width: 2, channels: 1, hidden: 2, blocks: 1, steps: 1 });
/**
 * Velocity a of the hidden state (a, -a): the condition goes straight to the shift of the last norm, whose input is 0, and
 * silu(a) - silu(-a) = a. The flow adds it to its noise.
 */
const flowParams = () => {
  const params = head.init(initializer([1, 1]));
  params.input.weight = tf.zeros([1, 2]);
  params.time.down.weight = tf.zeros([2, 2]);
  params.condition.weight = tf.tensor2d([1, 0, 0, 1], [2, 2]);
  params.final.modulation.weight = tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 0], [2, 4]);
  params.final.output.weight = tf.tensor2d([1, -1], [2, 1]);
  return params;
};
/** Reads single values x and says c x plus noise: an autoregression of order 1. */
const network = (): SegmentNetwork => {
  const params = flowParams();
  return {
    segment: 1,
    horizon: 1,
    maxTokens: 3,
    reading: {
      forecast: (outputs) => outputs.mul(coefficient),
      draw: (outputs, noise) =>
        tf.tidy(() => {
          const change = outputs.mul(coefficient);
          const hidden = tf.concat([change, change.neg()], 1).expandDims(1);
          return head.latents(params, hidden.tile([1, noise.shape[1], 1]), noise);
        }),
    },
    forward: (segments) => segments.clone(),
    open: () => {
      throw new Error('not opened here');
    },
  };
};
const plain: RowScaling = {
  statistics: (rows) => ({
    mean: tf.zeros([rows.shape[0], 1]),
    deviation: tf.ones([rows.shape[0], 1]),
  }),
  normalize: (rows) => rows.clone(),
  denormalize: (rows) => rows.clone(),
};
const forecaster = () =>
  // A network that draws has paths.
  segmentForecaster(network(), { lookBack: 3, params: {}, scaling: plain }) as PathPredictor;

describe('segmentForecaster with a flow', () => {
  it('is calibrated as the autoregression that its weights are, at every step that it is rolled', async () => {
    const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
    const [count, horizon] = [400, 3];
    const ends = [4, -2, 0, 1];
    const values = tf.tensor3d([0, 0, 9, 9, 4, -2, 0, 0, 9, 9, 0, 1], [2, 3, 2]);

    const paths = rollPaths(forecaster(), { values }, { horizon, count, key: [8, 8] });
    const quantiles = await pathQuantiles(paths, count, levels).data();

    quantiles.forEach((found, index) => {
      const [level, row] = [levels[index % 5], Math.floor(index / 5)];
      const [variate, step, window] = [
        row % 2,
        Math.floor(row / 2) % horizon,
        Math.floor(row / (2 * horizon)),
      ];
      // h steps ahead the mean is c^h x and the variance (1 - c^2h) / (1 - c²).
      const deviation = Math.sqrt((1 - coefficient ** (2 * step + 2)) / (1 - coefficient ** 2));
      const normal = normalQuantile(level);
      const exact = coefficient ** (step + 1) * ends[2 * window + variate] + deviation * normal;
      // The deviation of a quantile of n independent draws is √(p (1 - p) / n) over the density there.
      const density = Math.exp((-normal * normal) / 2) / Math.sqrt(2 * Math.PI) / deviation;
      const spread = Math.sqrt((level * (1 - level)) / count) / density;
      expect(Math.abs(found - exact)).toBeLessThan(4 * spread);
    });
  });

  it('keeps only its paths', async () => {
    const [made, values] = [forecaster(), tf.ones([2, 3, 2]) as tf.Tensor3D];
    const noise = tf.ones([6, 1, 2]) as tf.Tensor3D;

    await expectNoTensorLeak(() => made.paths({ values }, noise).dispose());
  });
});
