import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { decode } from '../../decode/decode.ts';
import { NumericError, OptionError } from '../../errors.ts';
import { layerNorm } from '../../layers/norm.ts';
import { operationCount } from '../../program/program-listing.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { largestDifference } from '../../testing/tensor-checks.ts';
import { denoisedModel, xarParts } from '../denoised-model.test-support.ts';
import { latentsOf } from '../latent-model.test-support.ts';
import { bytesOf } from './buffer-bytes.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import type { GpuBuffer, GpuDevice } from './device.ts';
import type { WebgpuExecutorOptions } from './executor-options.ts';
import { hasAdapter, openDevice, openNullDevice } from './gpu.test-support.ts';
import { listWebgpuProgram } from './list-program.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

/** The promise for hidden states of size 1; the latents that they drive here are of size 1 to 10. */
const rounding = 1e-4;
/** Norms without weights: the device makes the vectors of all times. */
const plainParts = { ...xarParts, norm: layerNorm({ isAffine: false }) };
const guided = {
  guidanceScaleAt: (step: number) => 1 + step / 2,
  sampling: { temperature: 0.5 },
};

describe.skipIf(!hasAdapter)('a backbone that denoises on webgpu (needs a WebGPU adapter)', () => {
  let device: GpuDevice;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    device = (await openDevice()) as GPUDevice;
  });

  it.each([
    ['of one item', { seeds: [1n] }, xarParts],
    ['of two items with guidance from scale 1 on, at half the temperature', guided, xarParts],
    ['of two items, by vectors that the device makes', {}, plainParts],
    ['of two items with guidance, by vectors that the device makes', guided, plainParts],
  ])('draws the latents of the reference %s', async (_, options, parts) => {
    const { model, dispose } = denoisedModel({ parts });
    const reference = await latentsOf(model, options);

    const latents = await latentsBy(model, { device }, options);

    expect(largestDifference(latents, reference)).toBeLessThan(rounding);
    expect(await latentsBy(model, { device, sliceSteps: 1 }, options)).toEqual(latents);
    dispose();
  });

  it('leaves nothing of evaluations in the cache: three leave what one leaves, of the same latents', async () => {
    const caches = await Promise.all(
      [1, 3].map(async (steps) => {
        // Noise stays as it is.
        const { model, dispose } = denoisedModel({
          steps,
          change: (path, weight) =>
            path.startsWith('velocity') ? tf.zerosLike(weight) : weight.clone(),
        });
        const cache = await keptBy(model, device);
        dispose();
        return cache;
      }),
    );

    expect(caches[0].some((value) => value !== 0)).toBe(true);
    expect(caches[1]).toEqual(caches[0]);
  });

  it('refuses NaN weights with the step at which they show', async () => {
    const { model, dispose } = denoisedModel({
      change: (path, weight) =>
        path === 'velocity.bias' ? tf.fill(weight.shape, NaN) : weight.clone(),
    });

    const run = latentsBy(model, { device });

    await expect(run).rejects.toThrow(NumericError);
    await expect(run).rejects.toThrow('step 0: latents must be finite');
    dispose();
  });
});

// Dawn's null backend does everything but compute.
describe('the host cost of a backbone that denoises on webgpu', () => {
  it('is 3 dispatches an evaluation and 5 a block, less for the rows that are kept; nothing is made in the loop', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = denoisedModel();
    const executor = await webgpuExecutor(model, { device, sliceSteps: 1 });
    const condition = tf.ones([1, 16]);
    const made: number[] = [];
    for await (const _ of decode(model, { seeds: [1n], condition, executor })) {
      made.push(counts.made);
    }

    // Noise, three evaluations, and in front of another step the first of two blocks and the heads of the second.
    const drawn = 1 + 3 * (3 + 5 * 2);
    expect(counts.dispatches).toBe(3 * drawn + 2 * (1 + 5 + 1));
    expect(new Set(made).size).toBe(1);
    const { steps } = listWebgpuProgram(model);
    expect(steps.map(operationCount)).toEqual([drawn + 7, drawn + 7, drawn]);
    // 2 blocks, keys and values, 2 heads of 8: 256 bytes a slot, for 3 evaluations and half of the kept rows.
    expect(steps.map(({ cacheBytes }) => cacheBytes)).toEqual([
      4 * 256 * 3.5,
      8 * 256 * 3.5,
      12 * 256 * 3,
    ]);
    executor.dispose();
    expect(counts.buffers).toBe(0);
    condition.dispose();
    dispose();
  });

  it('refuses filters, which latents have none of', async () => {
    const { model, dispose } = denoisedModel();
    const device = await openNullDevice();

    const run = latentsBy(model, { device }, { sampling: { topK: 3 } });

    await expect(run).rejects.toThrow(OptionError);
    dispose();
  });

  it('is refused where no norm takes the time', async () => {
    const { modulation: _, ...parts } = xarParts;
    const { model, dispose } = denoisedModel({ parts });
    const device = await openNullDevice();

    await expect(webgpuExecutor(model, { device })).rejects.toThrow(
      'has no norms for the time to modulate',
    );
    dispose();
  });
});

/** Latents by a new executor. */
async function latentsBy(
  model: SequenceModel,
  how: WebgpuExecutorOptions,
  options: Parameters<typeof latentsOf>[1] = {},
): Promise<Float32Array> {
  const executor = await webgpuExecutor(model, how);
  try {
    return await latentsOf(model, { ...options, executor });
  } finally {
    executor.dispose();
  }
}

/** Keys and values of the first steps once all steps are done. */
async function keptBy(model: SequenceModel, device: GpuDevice): Promise<Float32Array> {
  let cache: GpuBuffer | undefined;
  const createBuffer: GpuDevice['createBuffer'] = (descriptor) => {
    const buffer = device.createBuffer(descriptor);
    if (descriptor.label === 'cache') cache = buffer;
    return buffer;
  };
  const watched = new Proxy(device, {
    get: (target, name) => {
      const value: unknown =
        name === 'createBuffer' ? createBuffer : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const executor = await webgpuExecutor(model, { device: watched });
  const condition = tf.ones([1, 16]);
  let values = new Float32Array(0);
  for await (const { step } of decode(model, { seeds: [1n], condition, executor })) {
    if (step === 2) values = new Float32Array(await bytesOf(device, cache as GpuBuffer));
  }
  executor.dispose();
  condition.dispose();
  // Heads of 8 values in 12 slots, of which the last 4 are those of the last step, which nothing is kept of.
  return values.filter((_, index) => Math.floor(index / 8) % 12 < 8);
}
