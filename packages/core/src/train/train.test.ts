import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, DataError, NumericError } from '../errors.ts';
import { float32Tensor, toFloat32 } from '../io/host-tensor.ts';
import type { ParamTree } from '../params.ts';
import { namedParams } from '../params.ts';
import { uniforms } from '../random/draw.ts';
import { largestDifference } from '../testing/tensor-checks.ts';
import { firstNonFinite, train } from './train.ts';
import type { TrainOptions, TrainProgress } from './train.ts';
import type { TrainState } from './train-state.ts';
import type { Trainee } from './trainee.ts';

beforeAll(() => tf.setBackend('cpu'));

type Line = { weight: tf.Tensor2D; bias: tf.Tensor1D };

/** Eight points of y = 2 x + 1, and a slope and an offset to fit. */
function lineTrainee(): Trainee {
  const xs = [-1, -0.7, -0.3, 0, 0.2, 0.5, 0.8, 1];
  return {
    params: { weight: tf.tensor2d([0], [1, 1]), bias: tf.tensor1d([0]) },
    count: xs.length,
    loss: (params, indices, key) => {
      const { weight, bias } = params as Line;
      const x = tf.tensor2d(
        [...indices].map((index) => xs[index]),
        [indices.length, 1],
      );
      const y = x.mul(2).add(1);
      const noise = uniforms(key, 1)[0] * 1e-3;
      const error = tf.sub(tf.add(tf.matMul(x, weight), bias), y).add(noise);
      const loss = tf.mean(tf.square(error)) as tf.Scalar;
      return { loss, metrics: { worst: tf.max(tf.abs(error)) as tf.Scalar } };
    },
  };
}

const options: TrainOptions = {
  steps: 20,
  batchSize: 4,
  learningRateAt: () => 0.1,
  seed: 5n,
  averageDecay: 0.9,
};

async function run(
  trainee: Trainee,
  changes: Partial<TrainOptions> = {},
  at?: (progress: TrainProgress) => unknown,
): Promise<{ losses: number[]; state: TrainState }> {
  const losses: number[] = [];
  let state: TrainState = { step: 0, seed: 0n, tensors: new Map() };
  for await (const progress of train(trainee, { ...options, ...changes })) {
    losses.push(progress.loss);
    state = await progress.state();
    await at?.(progress);
  }
  return { losses, state };
}

const valuesOf = (state: TrainState): Record<string, number[]> =>
  Object.fromEntries([...state.tensors].map(([name, tensor]) => [name, [...toFloat32(tensor)]]));

describe('train', () => {
  it('fits a line', async () => {
    const { losses, state } = await run(lineTrainee(), { steps: 150, weightDecayAt: () => 0 });

    expect(losses.at(-1)).toBeLessThan(1e-2);
    expect(valuesOf(state)['weights.weight'][0]).toBeCloseTo(2, 0);
    expect(valuesOf(state)['weights.bias'][0]).toBeCloseTo(1, 0);
  });

  it('resumes at step 10 to the same losses and state, bit for bit, as 20 steps at once', async () => {
    const whole = await run(lineTrainee());
    const first = await run(lineTrainee(), { steps: 10 });

    const second = await run(lineTrainee(), { resume: first.state });

    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(valuesOf(second.state)).toEqual(valuesOf(whole.state));
    expect(second.state.step).toBe(20);
    expect(second.state.seed).toBe(5n);
  });

  it('draws its data from the seed', async () => {
    const { losses } = await run(lineTrainee());

    expect((await run(lineTrainee())).losses).toEqual(losses);
    expect((await run(lineTrainee(), { seed: 6n })).losses).not.toEqual(losses);
  });

  it('accumulates two batches of 4 to the update of one of 8', async () => {
    const silent = lineTrainee();
    const still: Trainee = { ...silent, loss: (p, indices) => silent.loss(p, indices, [0, 0]) };

    const parts = await run(still, { steps: 5, accumulate: 2 });
    const whole = await run(still, { steps: 5, batchSize: 8 });

    expect(largestDifference(parts.losses, whole.losses)).toBeLessThan(1e-6);
    const [a, b] = [valuesOf(parts.state), valuesOf(whole.state)];
    expect(largestDifference(a['weights.weight'], b['weights.weight'])).toBeLessThan(1e-5);
  });

  it('decays what has two axes, or what the trainee says', async () => {
    const still: Trainee = {
      ...lineTrainee(),
      params: { weight: tf.tensor2d([1], [1, 1]), bias: tf.tensor1d([1]) },
      loss: (params) => ({ loss: tf.mul(tf.sum((params as Line).weight), 0) as tf.Scalar }),
    };
    const decay = { steps: 1, weightDecayAt: () => 0.5 };

    const usual = valuesOf((await run(still, decay)).state);
    const chosen = valuesOf(
      (await run({ ...still, decays: (path) => path === 'bias' }, decay)).state,
    );

    expect(usual['weights.weight'][0]).toBeCloseTo(1 - 0.1 * 0.5, 6);
    expect(usual['weights.bias']).toEqual([1]);
    expect(chosen['weights.weight']).toEqual([1]);
    expect(chosen['weights.bias'][0]).toBeCloseTo(0.95, 6);
  });

  it('reports rate, norm, metrics and validation where it is due', async () => {
    const seen: TrainProgress[] = [];
    const trainee: Trainee = { ...lineTrainee(), validate: async () => ({ score: 7 }) };

    await run(trainee, { steps: 5, validateEvery: 2, learningRateAt: (s) => s / 10 }, (progress) =>
      seen.push(progress),
    );

    expect(seen.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(seen.map(({ validation }) => validation?.['score'])).toEqual([
      undefined,
      7,
      undefined,
      7,
      7,
    ]);
    expect(seen.map(({ learningRate }) => learningRate)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
    expect(seen[0].metrics['worst']).toBeGreaterThan(1);
    expect(seen[0].gradientNorm).toBeGreaterThan(0);
  });

  it('lends the current weights and their average', async () => {
    const pairs: number[][] = [];
    await run(lineTrainee(), { steps: 2, averageDecay: 0.5 }, ({ weights }) => {
      const values = (['current', 'average'] as const).map(
        (which) => (weights(which) as Line).bias.dataSync()[0],
      );
      pairs.push(values);
    });

    const [[first, firstAverage], [second, secondAverage]] = pairs;
    expect(firstAverage).toBeCloseTo(0.5 * first, 5);
    expect(secondAverage).toBeCloseTo(0.5 * firstAverage + 0.5 * second, 5);
  });

  it('assigns what the trainee revises, and goes on from it', async () => {
    const revised = new Map<string, tf.Tensor>();
    const trainee: Trainee = {
      ...lineTrainee(),
      revise: (step) => {
        if (step !== 1) return undefined;
        return revised.set('bias', tf.tensor1d([40]));
      },
    };
    const biases: number[] = [];

    await run(trainee, { steps: 3 }, ({ weights }) => {
      biases.push((weights('current') as Line).bias.dataSync()[0]);
    });

    expect(biases[1]).toBe(40);
    // Adam moves by about the rate of 0.1.
    expect(Math.abs(biases[2] - 40)).toBeLessThan(0.3);
    expect(revised.get('bias')?.isDisposed).toBe(true);
  });

  it('refuses a data set without samples', async () => {
    const empty = run({ ...lineTrainee(), count: 0 });

    await expect(empty).rejects.toThrow(DataError);
    await expect(empty).rejects.toMatchObject({ code: 'EMPTY' });
  });

  it('refuses a loss that is not a number, naming step and rate, and changes no weight', async () => {
    const line = lineTrainee();
    let evaluations = 0;
    let last: ParamTree = line.params;
    const states: TrainState[] = [];
    const trainee: Trainee = {
      ...line,
      loss: (params, indices, key) => {
        last = params;
        const result = line.loss(params, indices, key);
        return ++evaluations < 3 ? result : { loss: tf.mul(result.loss, NaN) as tf.Scalar };
      },
    };

    const failing = run(trainee, {}, async ({ state }) => states.push(await state()));

    await expect(failing).rejects.toThrow(NumericError);
    await expect(failing).rejects.toThrow(
      /got a loss of NaN at step 3 with learning rate 0\.1 \(all weights are finite\)/,
    );
    expect(states).toHaveLength(2);
    expect(namedParams(last).every(([, weight]) => weight.isDisposed)).toBe(true);
  });

  it('names the first weight that is not finite', async () => {
    const line = lineTrainee();
    const trainee = {
      ...line,
      params: { weight: tf.tensor2d([1], [1, 1]), bias: tf.tensor1d([Infinity]) },
    };

    await expect(run(trainee)).rejects.toThrow(/first weight with NaN: bias/);
    expect(await firstNonFinite(line.params)).toBeUndefined();
  });

  it('refuses a state that lacks a tensor or has another shape', async () => {
    const { state } = await run(lineTrainee(), { steps: 1 });
    const tensors = new Map(state.tensors);
    tensors.delete('average.bias');
    tensors.set('weights.weight', float32Tensor(new Float32Array(2), [1, 2]));

    const resumed = run(lineTrainee(), { resume: { ...state, tensors } });

    await expect(resumed).rejects.toThrow(CheckpointError);
    await expect(resumed).rejects.toThrow(
      /2 tensors do not fit: "weights.weight" has shape \[1, 2\], expected \[1, 1\]; "average.bias" is missing/,
    );
  });

  it('stops at an aborted signal', async () => {
    const controller = new AbortController();
    const stopped = run(lineTrainee(), { signal: controller.signal }, ({ step }) => {
      if (step === 2) controller.abort(new Error('enough'));
    });

    await expect(stopped).rejects.toThrow('enough');
  });

  it.each([
    ['when it ends', () => undefined],
    [
      'when it fails',
      ({ step }: TrainProgress) => {
        if (step === 3) throw new Error('stop');
      },
    ],
  ])('leaks no tensor at any step, nor %s', async (_, at) => {
    const trainee = lineTrainee();
    const before = tf.memory().numTensors;
    const alive: number[] = [];

    await run(trainee, { steps: 5 }, (progress) => {
      progress.weights('average');
      alive.push(tf.memory().numTensors);
      at(progress);
    }).catch(() => undefined);

    expect(new Set(alive).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});
