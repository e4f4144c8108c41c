import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../decode/decode.ts';
import { OptionError, ResourceError, UnsupportedError } from '../../errors.ts';
import { mlp } from '../../layers/mlp.ts';
import { layerNorm } from '../../layers/norm.ts';
import { nextScale } from '../../plan/next-scale.ts';
import { raster } from '../../plan/raster.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { llamaParts, rasterCondition, rasterModel } from '../raster-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { openNullDevice } from './gpu.test-support.ts';
import { withLimits } from './limited-device.test-support.ts';
import { runOnce } from './run-once.test-support.ts';
import { webgpuSupports } from './supports.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

beforeAll(() => tf.setBackend('cpu'));

// Dawn's null backend does everything but compute: all tokens are zeros.
describe('what a webgpu executor refuses', () => {
  it('refuses what does not fit before it makes a buffer, naming the largest part', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const small = webgpuExecutor(model, { device, memoryBytes: 1000 });
    const narrow = webgpuExecutor(model, {
      device: withLimits(device, { maxStorageBufferBindingSize: 1024 }),
    });

    await expect(small).rejects.toMatchObject({ code: 'OOM' });
    await expect(small).rejects.toThrow(/of which gate and up of block 0.*smaller weight format/);
    await expect(narrow).rejects.toThrow(ResourceError);
    expect(counts.made).toBe(0);
    dispose();
  });

  it('refuses a generation whose cache and rows do not fit', async () => {
    const { model, dispose } = rasterModel();
    const device = await openNullDevice();
    const condition = rasterCondition(2);
    const running = runOnce(model, { device, memoryBytes: 28_000 }, { condition });

    await expect(running).rejects.toMatchObject({ code: 'OOM' });
    await expect(running).rejects.toThrow(/of which .* KiB. Generate fewer items at once/);
    condition.dispose();
    dispose();
  });

  it('refuses dispatches of more workgroups than the device takes, before it makes a buffer', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const limited = withLimits(device, { maxComputeWorkgroupsPerDimension: 4 });
    const executor = await webgpuExecutor(model, { device: limited });
    const weights = counts.buffers;
    const condition = rasterCondition(2);
    const running = decode(model, { seeds: [1n, 2n], condition, executor }).next();

    await expect(running).rejects.toMatchObject({ code: 'OOM' });
    await expect(running).rejects.toThrow('step 0 must take at most 4 workgroups');
    expect(counts.buffers).toBe(weights);
    condition.dispose();
    executor.dispose();
    dispose();
  });

  it('refuses what the device has no room for, naming the largest part, and leaves nothing', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const full = new Proxy(device, {
      get: (target, name) =>
        name === 'popErrorScope'
          ? async () => ({ message: 'out of memory.' })
          : Reflect.get(target, name, target),
    });
    const making = webgpuExecutor(model, { device: full });

    await expect(making).rejects.toMatchObject({ code: 'OOM' });
    await expect(making).rejects.toThrow(/of which weights .* it refused: out of memory/);
    expect(counts.buffers).toBe(0);
    dispose();
  });

  it('refuses another model than its own, and a plan longer than its own', async () => {
    const { model, dispose } = rasterModel();
    const other = rasterModel();
    const executor = await webgpuExecutor(model, { device: await openNullDevice() });
    const condition = rasterCondition(1);
    const first = (of: SequenceModel) => decode(of, { seeds: [1n], condition, executor }).next();

    await expect(first(other.model)).rejects.toThrow(/it was made for, got another/);
    await expect(first({ ...model, plan: raster({ sides: [3, 3] }) })).rejects.toThrow(
      /at most the 6 positions of the model's own, it has 9/,
    );
    condition.dispose();
    executor.dispose();
    dispose();
    other.dispose();
  });

  it('refuses filters that need the entropy, and says what has them', async () => {
    const { model, dispose } = rasterModel();
    const device = await openNullDevice();
    const condition = rasterCondition(2);
    const running = runOnce(model, { device }, { condition, sampling: { typical: 0.5 } });

    await expect(running).rejects.toThrow(UnsupportedError);
    await expect(running).rejects.toThrow('cpu');
    condition.dispose();
    dispose();
  });

  it.each([{ temperature: -1 }, { temperature: NaN }, { topK: -1 }, { topK: 1.5 }, { topP: 2 }])(
    'refuses sampling with %j before anything runs',
    async (sampling) => {
      const { model, dispose } = rasterModel();
      const device = await openNullDevice();
      const condition = rasterCondition(2);

      await expect(runOnce(model, { device }, { condition, sampling })).rejects.toThrow(
        OptionError,
      );
      condition.dispose();
      dispose();
    },
  );

  it.each([
    [{ sliceSteps: 0 }],
    [{ sliceSteps: 1.5 }],
    [{ persistentWorkgroups: -1 }],
    [{ persistentWorkgroups: NaN }],
    [{ persistentWorkgroups: 65_536 }],
    [{ memoryBytes: -1 }],
    [{ memoryBytes: NaN }],
    [{ format: 'bf16' as 'f16' }],
  ])('refuses %j', async (options) => {
    const { model, dispose } = rasterModel();
    const device = await openNullDevice();

    await expect(webgpuExecutor(model, { device, ...options })).rejects.toThrow(OptionError);
    dispose();
  });

  it('refuses steps that are fed by those before and have another number of positions', () => {
    const { model, dispose } = rasterModel();

    const support = webgpuSupports({ ...model, plan: nextScale([1, 2]) });

    expect(support).toEqual({
      isSupported: false,
      reasons: [
        'a step is fed by the tokens of the step before, and has another number of positions',
      ],
    });
    dispose();
  });

  it('says all reasons why it cannot run a model', async () => {
    const { init, apply } = mlp({ width: 16, hidden: 30, activation: (x) => x });
    const { model, dispose } = rasterModel({
      ...llamaParts,
      norm: { init: layerNorm().init, apply: layerNorm().apply },
      normPlacement: 'after',
      mlp: { form: { hidden: 30, isGated: false, activation: (x) => x }, init, apply },
    });
    const device = await openNullDevice();

    await expect(webgpuExecutor(model, { device })).rejects.toThrow(
      /norm is of no known form.*norms stand behind.*activation.*hidden size must be a multiple of 4, it is 30/,
    );
    dispose();
  });
});
