import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import type { DenoisingMlpParams } from '../layers/denoising-mlp.ts';
import { disposeParams, mapParams } from '../params.ts';
import type { ParamTree } from '../params.ts';
import { normals, uniforms } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import { train } from '../train/train.ts';
import { largestDifference } from '../testing/tensor-checks.ts';
import { flowHead } from './flow-head.ts';

const head = flowHead({ width: 2, channels: 2, hidden: 24, blocks: 2, steps: 20, draws: 4 });
const conditions = 2;
const perCondition = 32;
const hidden = () =>
  tf.tidy(() => tf.tile(tf.tensor3d([1, 0, 0, 1], [2, 1, 2]), [1, perCondition, 1]));

/**
 * Under the first condition one of the points (2, 0) and (-1, 1), with odds 1 : 2, plus noise of deviation 0.5; under the
 * second a Gaussian around (0.5, -1) with deviations 1 and 0.5 along the axes, turned by 45 degrees.
 */
function latents(key: Key): tf.Tensor3D {
  const noise = normals(foldIn(key, 0), conditions * perCondition * 2);
  const picks = uniforms(foldIn(key, 1), perCondition);
  const half = Math.SQRT1_2;
  const values = Array.from({ length: conditions * perCondition }, (_, row) => {
    const [a, b] = [noise[2 * row], noise[2 * row + 1]];
    if (row < perCondition) {
      const [x, y] = picks[row] < 1 / 3 ? [2, 0] : [-1, 1];
      return [x + 0.5 * a, y + 0.5 * b];
    }
    return [0.5 + half * (a - 0.5 * b), -1 + half * (a + 0.5 * b)];
  });
  return tf.tensor3d(values.flat(), [conditions, perCondition, 2]);
}

describe('a flow head that was trained', () => {
  let params: DenoisingMlpParams;
  beforeAll(async () => {
    // Plain JS would take minutes.
    const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(wasm) + sep);
    await tf.setBackend('wasm');
    params = await trained();
  }, 120_000);

  it('loses on a Gaussian hardly more than the variance that no head can know', async () => {
    const losses = Array.from({ length: 20 }, (_, index) =>
      tf.tidy(() => {
        const only = (tensor: tf.Tensor3D) => tensor.slice([1, 0, 0], [1, perCondition, 2]);
        const key: Key = [99, index];
        return head.loss(params, only(hidden()), only(latents(key)), key).dataSync()[0];
      }),
    );
    const mean = losses.reduce((sum, loss) => sum + loss / losses.length, 0);

    // The integral over t of s² / (t² s² + (1 - t)²) is s π / 2; the mean of both axes is π / 4 (1 + 0.5).
    expect(mean).toBeGreaterThan((Math.PI / 4) * 1.5 - 0.05);
    expect(mean).toBeLessThan((Math.PI / 4) * 1.5 + 0.08);
  });

  it('draws 20,000 latents with mean and covariance of a mixture of two Gaussians', async () => {
    const { mean, covariance } = await momentsOfDraws(params, 0);

    // The mean of the two points; 0.25 plus the points' spread of 2/9 · (3, -1)².
    expect(largestDifference(mean, [0, 2 / 3])).toBeLessThan(0.1);
    // 20 Euler steps lose a tenth of it.
    expect(largestDifference(covariance, [2.25, -2 / 3, 0.25 + 2 / 9])).toBeLessThan(0.25);
  });

  it('draws 20,000 latents with mean and covariance of a turned Gaussian', async () => {
    const { mean, covariance } = await momentsOfDraws(params, 1);

    const [along, across] = [eulerVariance(1), eulerVariance(0.25)];
    const [own, shared] = [(along + across) / 2, (along - across) / 2];
    expect(largestDifference(mean, [0.5, -1])).toBeLessThan(0.05);
    expect(largestDifference(covariance, [own, shared, own])).toBeLessThan(0.03);
  });
});

/** With the exact velocity, `a(t) x`, Euler's 20 steps give an axis the deviation `Π (1 + a(t) / 20)`; its square. */
function eulerVariance(variance: number): number {
  let deviation = 1;
  for (let t = 0; t < 0.99; t += 1 / 20) {
    const slope = (t * variance - (1 - t)) / (t * t * variance + (1 - t) ** 2);
    deviation *= 1 + slope / 20;
  }
  return deviation ** 2;
}

async function trained(): Promise<DenoisingMlpParams> {
  const states = hidden();
  const trainee = {
    params: head.init(initializer([4, 4])),
    count: 1,
    loss: (weights: ParamTree, _: Int32Array, key: Key) => ({
      loss: head.loss(
        weights as DenoisingMlpParams,
        states,
        latents(foldIn(key, 0)),
        foldIn(key, 1),
      ),
    }),
  };
  let last: ParamTree = trainee.params;
  for await (const progress of train(trainee, {
    steps: 300,
    batchSize: 1,
    learningRateAt: (step) => 0.01 * (1 - step / 300),
    weightDecayAt: () => 0,
    seed: 1n,
  })) {
    if (progress.step === 300)
      last = mapParams(progress.weights('current'), (weight) => weight.clone());
  }
  states.dispose();
  disposeParams(trainee.params);
  return last as DenoisingMlpParams;
}

/** Mean and covariance of 20,000 latents under one condition. */
async function momentsOfDraws(
  params: DenoisingMlpParams,
  condition: number,
): Promise<ReturnType<typeof moments>> {
  const rows = tf.tidy(() =>
    tf.tile(tf.slice(hidden(), [condition, 0, 0], [1, 1, 2]), [1, 20_000, 1]),
  ) as tf.Tensor3D;
  const values = await head.sample(params, rows, {
    items: 1,
    isGuided: false,
    guidanceScale: 1,
    sampling: {},
    keyOf: (item, row) => foldIn([3, item], row),
  });
  rows.dispose();
  return moments(values);
}

/** Mean and covariance (xx, xy, yy) of pairs. */
function moments(values: ArrayLike<number>): { mean: number[]; covariance: number[] } {
  const count = values.length / 2;
  const mean = [0, 0];
  for (let i = 0; i < values.length; i++) mean[i % 2] += values[i] / count;
  const covariance = [0, 0, 0];
  for (let i = 0; i < values.length; i += 2) {
    const [x, y] = [values[i] - mean[0], values[i + 1] - mean[1]];
    [x * x, x * y, y * y].forEach((product, at) => (covariance[at] += product / count));
  }
  return { mean, covariance };
}
