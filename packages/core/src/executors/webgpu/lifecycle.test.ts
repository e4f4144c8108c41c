import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../decode/decode.ts';
import { expectNoTensorLeak } from '../../testing/tensor-checks.ts';
import { rasterCondition, rasterModel } from '../raster-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { openNullDevice } from './gpu.test-support.ts';
import { withLimits } from './limited-device.test-support.ts';
import { runOnce } from './run-once.test-support.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

beforeAll(() => tf.setBackend('cpu'));

// Dawn's null backend does everything but compute: all tokens are zeros.
describe('the life of a webgpu executor', () => {
  it('makes nothing in its loop but encoders', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
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

  it('frees every buffer of generations left or aborted at any step, and at the end what a finished one leaves', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const executor = await webgpuExecutor(model, { device });
    const weights = counts.buffers;
    const condition = rasterCondition(2);
    const reason = new Error('enough');
    for (let end = 0; end < 6; end++) {
      for await (const { step } of decode(model, { seeds: [1n, 2n], condition, executor })) {
        if (step === end) break;
      }
      // Behind the last step there is nothing to abort.
      if (end === 5) continue;
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
    for await (const _ of decode(model, { seeds: [1n, 2n], condition, executor }));
    expect(counts.buffers).toBeGreaterThan(weights);
    executor.dispose();
    executor.dispose();
    expect(counts.buffers).toBe(0);
    condition.dispose();
    dispose();
  });

  it('splits weights and cache where a binding is small, and leaves no tensor behind', async () => {
    const counting = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const device = withLimits(counting.device, { maxStorageBufferBindingSize: 8192 });

    await expectNoTensorLeak(async () => {
      const condition = rasterCondition(2);
      await runOnce(model, { device }, { condition });
      condition.dispose();
    });

    dispose();
    expect(counting.counts.largest).toBeLessThanOrEqual(8192);
  });

  it('knows what fits before it is tried', async () => {
    const { model, dispose } = rasterModel();
    const device = withLimits(await openNullDevice(), { maxStorageBufferBindingSize: 2 ** 16 });
    const executor = await webgpuExecutor(model, { device });

    expect(executor.fits(model.plan, 2, true)).toBe(true);
    expect(executor.fits(model.plan, 1000, false)).toBe(false);
    executor.dispose();
    dispose();
  });

  it('says that the device refused a command, whose results would be zeros', async () => {
    const { model, dispose } = rasterModel();
    const device = await openNullDevice();
    const executor = await webgpuExecutor(model, { device, sliceSteps: 1 });
    const condition = rasterCondition(2);
    const failing = async () => {
      for await (const { step } of decode(model, { seeds: [1n, 2n], condition, executor })) {
        // Buffers that are read by the host may not be storage.
        if (step === 1) device.createBuffer({ size: 4, usage: 0x1 | 0x80 });
      }
    };

    await expect(failing()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    await expect(failing()).rejects.toThrow('every command must succeed on the device');
    executor.dispose();
    condition.dispose();
    dispose();
  });

  it('says that the device was lost', async () => {
    const { model, dispose } = rasterModel();
    const device = await openNullDevice();
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
    const executor = await webgpuExecutor(model, { device: await openNullDevice() });
    const condition = rasterCondition(1);
    executor.dispose();

    await expect(decode(model, { seeds: [1n], condition, executor }).next()).rejects.toMatchObject({
      code: 'DISPOSED',
    });
    condition.dispose();
    dispose();
  });
});
