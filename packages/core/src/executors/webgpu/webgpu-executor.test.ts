import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { decode } from '../../decode/decode.ts';
import type { DecodeOptions } from '../../decode/executor.ts';
import { NumericError } from '../../errors.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import {
  byRow,
  editOptions,
  llamaParts,
  otherParts,
  rasterCondition,
  rasterModel,
  tokensOf,
} from '../raster-model.test-support.ts';
import { scaleCondition, scaleModel } from '../scale-model.test-support.ts';
import { hasAdapter, openDevice } from './gpu.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import type { GpuDevice } from './device.ts';
import { withLimits } from './limited-device.test-support.ts';
import { webgpuExecutor } from './webgpu-executor.ts';
import type { WebgpuExecutorOptions } from './executor-options.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(!hasAdapter)('webgpuExecutor (needs a WebGPU adapter)', () => {
  let device: GpuDevice;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    // One device for all.
    device = (await openDevice()) as GPUDevice;
  });

  it.each([
    ['a Llama with shared key-value heads', llamaParts],
    ['layer norms, biases, cosine attention and exact GELU', otherParts],
  ])('draws the tokens of the reference: %s', async (_, parts) => {
    const { model, dispose } = rasterModel(parts);

    expect(await tokensBy(model, { device })).toEqual(await tokensOf(model, {}));
    dispose();
  });

  it('draws the tokens of the reference with filters, guidance and given ids', async () => {
    const { model, dispose } = rasterModel();
    expect(await tokensBy(model, { device }, editOptions)).toEqual(
      await tokensOf(model, editOptions),
    );
    dispose();
  });

  it('draws the tokens of the reference row by row, each fed by the token above', async () => {
    const { model, dispose } = rasterModel(llamaParts, undefined, byRow);

    expect(await tokensBy(model, { device })).toEqual(await tokensOf(model, {}));
    dispose();
  });

  it.each([{ temperature: 0 }, { topK: 0, topP: 0 }])(
    'draws the tokens of the reference at the ends of the options: %j',
    async (sampling) => {
      const { model, dispose } = rasterModel();

      const tokens = await tokensBy(model, { device }, { sampling });

      expect(tokens).toEqual(await tokensOf(model, { sampling }));
      dispose();
    },
  );

  it('draws the tokens of the reference from seeds beyond 2^32, which differ from those below', async () => {
    const { model, dispose } = rasterModel();
    const seeds = [2n ** 32n + 1n, 2n ** 64n - 1n];

    const tokens = await tokensBy(model, { device }, { seeds });

    expect(tokens).toEqual(await tokensOf(model, { seeds }));
    expect(tokens).not.toEqual(await tokensOf(model, { seeds: [1n, 2n ** 32n - 1n] }));
    dispose();
  });

  it('draws the same tokens where small bindings split weights and cache', async () => {
    const { model, dispose } = rasterModel();
    const counting = countingDevice(device);
    const limited = withLimits(counting.device, { maxStorageBufferBindingSize: 8192 });

    const tokens = await tokensBy(model, { device: limited });

    expect(tokens).toEqual(await tokensOf(model, {}));
    expect(counting.counts.largest).toBeLessThanOrEqual(8192);
    dispose();
  });

  it('goes on behind a lost device: a new one, given the tokens so far, draws the rest', async () => {
    const { model, dispose } = rasterModel();
    const expected = await tokensOf(model, {});
    const lost = (await openDevice()) as GPUDevice;
    const executor = await webgpuExecutor(model, { device: lost, sliceSteps: 1 });
    const condition = rasterCondition(2);
    const given = new Int32Array(12).fill(-1);
    const losing = async () => {
      for await (const step of decode(model, { seeds: [1n, 2n], condition, executor })) {
        for (const item of [0, 1]) {
          const known = step.tokens.slice(item * step.filled, (item + 1) * step.filled);
          given.set(known, 6 * item);
        }
        if (step.step === 2) lost.destroy();
      }
    };

    await expect(losing()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    const tokens = await tokensBy(model, { device }, { given });

    expect(given.filter((id) => id >= 0).length).toBeGreaterThanOrEqual(6);
    expect(tokens).toEqual(expected);
    executor.dispose();
    condition.dispose();
    dispose();
  });

  it('draws the tokens of the reference scale by scale, with guidance', async () => {
    const { model, dispose } = scaleModel();
    const options = { guidanceScaleAt: (step: number) => 1 + step, condition: scaleCondition(4) };

    const tokens = await tokensBy(model, { device }, options);

    expect(tokens).toEqual(await tokensOf(model, options));
    options.condition.dispose();
    dispose();
  });

  it('draws the same tokens however many steps are encoded together', async () => {
    const { model, dispose } = rasterModel();
    const all = await Promise.all(
      [1, 3, 64].map((sliceSteps) => tokensBy(model, { device, sliceSteps })),
    );

    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
    dispose();
  });

  it('runs two generations at once, each as if it were alone', async () => {
    const { model, dispose } = rasterModel();
    const executor = await webgpuExecutor(model, { device });
    const high = 2n ** 40n + 3n;

    const both = await Promise.all([
      tokensOf(model, { executor, seeds: [1n, 2n] }),
      tokensOf(model, { executor, seeds: [high, 4n] }),
    ]);

    expect(both[0]).toEqual(await tokensOf(model, { seeds: [1n, 2n] }));
    expect(both[1]).toEqual(await tokensOf(model, { seeds: [high, 4n] }));
    executor.dispose();
    dispose();
  });

  it('refuses NaN weights with the step at which they show', async () => {
    const { model, dispose } = rasterModel(llamaParts, (path, weight) =>
      path === 'head.weight' ? tf.fill(weight.shape, NaN) : weight.clone(),
    );

    await expect(tokensBy(model, { device })).rejects.toThrow(NumericError);
    await expect(tokensBy(model, { device })).rejects.toThrow('step 0');
    dispose();
  });

  it.each(['f16', 'int8', 'int4'] as const)(
    'gives one seed the same tokens by %s weights every time',
    async (format) => {
      const { model, dispose } = rasterModel();

      const first = await tokensBy(model, { device, format });

      expect(await tokensBy(model, { device, format })).toEqual(first);
      dispose();
    },
  );
});

/** A device knows its compiled kernels only while one of their executors is held. */
const held: unknown[] = [];

/** Tokens of two items by a new executor. */
async function tokensBy(
  model: SequenceModel,
  how: WebgpuExecutorOptions,
  options: Partial<DecodeOptions> = {},
): Promise<Int32Array> {
  const executor = await webgpuExecutor(model, how);
  held.push(executor);
  try {
    return await tokensOf(model, { ...options, executor });
  } finally {
    executor.dispose();
  }
}
