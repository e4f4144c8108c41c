import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../decode/decode.ts';
import type { DecodeOptions } from '../../decode/executor.ts';
import { OptionError, ResourceError, UnsupportedError } from '../../errors.ts';
import { layerNorm } from '../../layers/norm.ts';
import { mlp } from '../../layers/mlp.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { expectNoTensorLeak } from '../../testing/tensor-checks.ts';
import { llamaParts, rasterCondition, rasterModel } from '../raster-model.test-support.ts';
import { scaleCondition, scaleModel } from '../scale-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { openDevice } from './gpu.test-support.ts';
import type { GpuDevice } from './device.ts';
import { webgpuExecutor } from './webgpu-executor.ts';
import type { WebgpuExecutorOptions } from './executor-options.ts';

beforeAll(() => tf.setBackend('cpu'));

// Dawn's null backend does everything but compute: all tokens are zeros.
describe('the life of a webgpu executor', () => {
  it('makes nothing in its loop but encoders', async () => {
    const { device, counts } = countingDevice(await nullDevice());
    const { model, dispose } = rasterModel();
    const executor = await webgpuExecutor(model, { device, sliceSteps: 1 });
    const condition = rasterCondition(2);
    const made: number[] = [];
    for await (const _ of decode(model, { seeds: [1n, 2n], condition, executor })) {
      made.push(counts.made);
    }

    expect(new Set(made).size).toBe(1);
    expect(counts.encoders).toBe(6);
    condition.dispose();
    executor.dispose();
    dispose();
  });

  it('needs 5 dispatches a block and 3 more for a step of few rows, 7 a block and 6 more for many', async () => {
    const { device, counts } = countingDevice(await nullDevice());
    const raster = rasterModel();
    const scale = scaleModel();

    await run(raster.model, { device }, { condition: rasterCondition(2) });
    const vector = counts.dispatches;
    await run(scale.model, { device }, { condition: scaleCondition(2) });
    const tile = counts.dispatches - vector;

    // 6 steps; 4 scales, of which 2 of 1 and 4 positions of two items are few rows.
    expect(vector).toBe(6 * (5 * 2 + 3));
    expect(tile).toBe(5 * 2 + 3 + (5 * 2 + 5) + 2 * (7 * 2 + 6));
    raster.dispose();
    scale.dispose();
  });

  it('frees every buffer, of finished, left and aborted generations alike', async () => {
    const { device, counts } = countingDevice(await nullDevice());
    const { model, dispose } = rasterModel();
    const executor = await webgpuExecutor(model, { device });
    const weights = counts.buffers;
    const condition = rasterCondition(2);
    const reason = new Error('enough');
    for (const end of [0, 1, 4]) {
      for await (const { step } of decode(model, { seeds: [1n, 2n], condition, executor })) {
        if (step === end) break;
      }
      const controller = new AbortController();
      const aborted = async () => {
        const options = { seeds: [1n, 2n], condition, executor, signal: controller.signal };
        for await (const { step } of decode(model, options)) {
          if (step === end) controller.abort(reason);
        }
      };
      await expect(aborted()).rejects.toBe(reason);
    }

    expect(counts.buffers).toBe(weights);
    executor.dispose();
    executor.dispose();
    expect(counts.buffers).toBe(0);
    condition.dispose();
    dispose();
  });

  it('splits weights and cache where a binding is small, and leaves no tensor behind', async () => {
    const counting = countingDevice(await nullDevice());
    const { model, dispose } = rasterModel();
    const device = withBindings(counting.device, 8192);

    await expectNoTensorLeak(async () => {
      const condition = rasterCondition(2);
      await run(model, { device }, { condition });
      condition.dispose();
    });

    dispose();
    expect(counting.counts.largest).toBeLessThanOrEqual(8192);
  });

  it('refuses what does not fit before it makes a buffer, naming the largest part', async () => {
    const { device, counts } = countingDevice(await nullDevice());
    const { model, dispose } = rasterModel();
    const small = webgpuExecutor(model, { device, memoryBytes: 1000 });
    const narrow = webgpuExecutor(model, { device: withBindings(device, 1024) });

    await expect(small).rejects.toMatchObject({ code: 'OOM' });
    await expect(small).rejects.toThrow(/of which gate and up of block 0.*smaller weight format/);
    await expect(narrow).rejects.toThrow(ResourceError);
    expect(counts.made).toBe(0);
    dispose();
  });

  it('refuses a generation whose cache and rows do not fit', async () => {
    const { model, dispose } = rasterModel();
    const device = await nullDevice();
    const condition = rasterCondition(2);
    const running = run(model, { device, memoryBytes: 28_000 }, { condition });

    await expect(running).rejects.toMatchObject({ code: 'OOM' });
    condition.dispose();
    dispose();
  });

  it('says that the device was lost', async () => {
    const { model, dispose } = rasterModel();
    const device = await nullDevice();
    const executor = await webgpuExecutor(model, { device, sliceSteps: 1 });
    const condition = rasterCondition(2);
    const losing = async () => {
      const options = { seeds: [1n, 2n], condition, executor };
      for await (const { step } of decode(model, options)) if (step === 1) device.destroy();
    };

    await expect(losing()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    await expect(losing()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    executor.dispose();
    condition.dispose();
    dispose();
  });

  it('must not be used after dispose', async () => {
    const { model, dispose } = rasterModel();
    const executor = await webgpuExecutor(model, { device: await nullDevice() });
    const condition = rasterCondition(1);
    executor.dispose();

    await expect(decode(model, { seeds: [1n], condition, executor }).next()).rejects.toMatchObject({
      code: 'DISPOSED',
    });
    condition.dispose();
    dispose();
  });

  it('refuses filters that need the entropy, and says what has them', async () => {
    const { model, dispose } = rasterModel();
    const device = await nullDevice();
    const condition = rasterCondition(2);
    const running = run(model, { device }, { condition, sampling: { typical: 0.5 } });

    await expect(running).rejects.toThrow(UnsupportedError);
    await expect(running).rejects.toThrow('cpu');
    condition.dispose();
    dispose();
  });

  it.each([{ temperature: -1 }, { temperature: NaN }, { topK: -1 }, { topK: 1.5 }, { topP: 2 }])(
    'refuses sampling with %j before anything runs',
    async (sampling) => {
      const { model, dispose } = rasterModel();
      const device = await nullDevice();
      const condition = rasterCondition(2);

      await expect(run(model, { device }, { condition, sampling })).rejects.toThrow(OptionError);
      condition.dispose();
      dispose();
    },
  );

  it.each([
    [{ sliceSteps: 0 }],
    [{ sliceSteps: 1.5 }],
    [{ memoryBytes: -1 }],
    [{ memoryBytes: NaN }],
    [{ format: 'bf16' as 'f16' }],
  ])('refuses %j', async (options) => {
    const { model, dispose } = rasterModel();
    const device = await nullDevice();

    await expect(webgpuExecutor(model, { device, ...options })).rejects.toThrow(OptionError);
    dispose();
  });

  it('says all reasons why it cannot run a model', async () => {
    const { init, apply } = mlp({ width: 16, hidden: 30, activation: (x) => x });
    const { model, dispose } = rasterModel({
      ...llamaParts,
      norm: { init: layerNorm().init, apply: layerNorm().apply },
      mlp: { form: { hidden: 30, isGated: false, activation: (x) => x }, init, apply },
    });
    const device = await nullDevice();

    await expect(webgpuExecutor(model, { device })).rejects.toThrow(
      /norm is of no known form.*activation.*hidden size must be a multiple of 4, it is 30/,
    );
    dispose();
  });
});

/** One generation of two items by a new executor. */
async function run(
  model: SequenceModel,
  how: WebgpuExecutorOptions,
  options: Pick<DecodeOptions, 'condition' | 'sampling'>,
): Promise<void> {
  const executor = await webgpuExecutor(model, how);
  try {
    for await (const _ of decode(model, { ...options, seeds: [1n, 2n], executor }));
  } finally {
    executor.dispose();
  }
}

async function nullDevice(): Promise<GPUDevice> {
  // The null backend is always there.
  return (await openDevice('null')) as GPUDevice;
}

/** The same device with smaller bindings. */
function withBindings(device: GpuDevice, bytes: number): GpuDevice {
  const limits = {
    maxBufferSize: device.limits.maxBufferSize,
    maxComputeWorkgroupsPerDimension: device.limits.maxComputeWorkgroupsPerDimension,
    maxStorageBufferBindingSize: bytes,
  };
  return new Proxy(device, {
    get: (target, name) => {
      const value: unknown = name === 'limits' ? limits : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
