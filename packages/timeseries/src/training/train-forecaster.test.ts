import { DataError } from '@nextx/core';
import type { ParamTree, Trainee } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainForecaster } from './train-forecaster.ts';
import type { ForecastTraining } from './train-forecaster.ts';

beforeAll(() => tf.setBackend('cpu'));

/** One weight that is pulled to 1; Adam moves it by the learning rate at each step while it is far. */
const trainee = (): Trainee => ({
  params: { w: tf.scalar(0) },
  count: 4,
  loss: (params) => ({ loss: tf.square(tf.sub((params as { w: tf.Scalar }).w, 1)) }),
});
const valueOf = async (weights: ParamTree): Promise<number> =>
  (await (weights as { w: tf.Scalar }).w.data())[0];
const training: ForecastTraining = {
  epochs: 8,
  batchSize: 2,
  learningRate: () => 0.05,
  seed: 1n,
};

describe('trainForecaster', () => {
  it('keeps the weights of the epoch with the smallest validation error', async () => {
    const figures = [3, 2, 1, 4, 5, 6, 0, 0];
    const seen: number[] = [];
    const validate = async (weights: ParamTree): Promise<number> => {
      seen.push(await valueOf(weights));
      return figures[seen.length - 1];
    };

    const { epoch, validation, epochs, weights } = await trainForecaster(
      trainee(),
      validate,
      training,
    );

    // Three epochs without a better figure end the training before the seventh, which would have been the best.
    expect({ epoch, validation, made: epochs.length }).toEqual({
      epoch: 3,
      validation: 1,
      made: 6,
    });
    await expectAllClose((weights as { w: tf.Scalar }).w, [seen[2]], 0);
    expect(seen[5]).toBeGreaterThan(seen[2]);
  });

  it('tells of every update and stops by a signal that comes in between', async () => {
    const controller = new AbortController();
    const steps: number[] = [];
    setImmediate(() => controller.abort(new Error('enough')));

    const trained = trainForecaster(trainee(), async () => 0, {
      ...training,
      epochs: 1000,
      patience: 1000,
      signal: controller.signal,
      onStep: ({ step, steps: planned }) => {
        expect(planned).toBe(2000);
        steps.push(step);
      },
    });

    await expect(trained).rejects.toThrow('enough');
    expect(steps[0]).toBe(1);
    expect(steps.length).toBeLessThan(100);
  });

  it('reads the learning rate in fractions of an epoch', async () => {
    const times: number[] = [];
    const learningRate = (time: number): number => {
      times.push(time);
      return 0.1;
    };

    await trainForecaster(trainee(), async () => 0, { ...training, epochs: 2, learningRate });

    expect(times).toEqual([0, 0.5, 1, 1.5]);
  });

  it('validates the moving average of the weights where there is one', async () => {
    const values: number[] = [];
    const validate = async (weights: ParamTree): Promise<number> =>
      values.push(await valueOf(weights));

    await trainForecaster(trainee(), validate, { ...training, epochs: 1, averageDecay: 0.5 });

    // Steps of 0.05: 0.05 and 0.1 give the averages 0.025 and 0.0625.
    expect(values[0]).toBeCloseTo(0.0625, 3);
  });

  it('tells of every epoch', async () => {
    const told: number[] = [];

    const { epochs } = await trainForecaster(trainee(), async () => 1, {
      ...training,
      epochs: 2,
      onEpoch: ({ epoch }) => told.push(epoch),
    });

    expect(told).toEqual([1, 2]);
    expect(epochs[1].loss).toBeLessThan(epochs[0].loss);
  });

  it('refuses fewer windows than a batch', async () => {
    const attempt = trainForecaster(trainee(), async () => 0, { ...training, batchSize: 5 });

    await expect(attempt).rejects.toThrow(DataError);
  });

  it('leaks no tensor but the weights it gives, also when validation fails', async () => {
    const one = trainee();

    await expectNoTensorLeak(async () => {
      tf.dispose((await trainForecaster(one, async () => 1, training)).weights as { w: tf.Tensor });
      let calls = 0;
      const failing = trainForecaster(
        one,
        async () => {
          if (calls++ === 1) throw new Error('no more');
          return 1;
        },
        training,
      );
      await expect(failing).rejects.toThrow('no more');
    });
  });
});
