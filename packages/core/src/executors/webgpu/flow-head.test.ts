import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decode } from '../../decode/decode.ts';
import { NumericError, OptionError } from '../../errors.ts';
import { mapParams } from '../../params.ts';
import { nextRow } from '../../plan/next-row.ts';
import { kindBytes, operationCount } from '../../program/program-listing.ts';
import { largestDifference } from '../../testing/tensor-checks.ts';
import { latentInstance, latentsOf } from '../latent-model.test-support.ts';
import { llamaParts } from '../raster-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { hasAdapter, openDevice, openNullDevice } from './gpu.test-support.ts';
import type { GpuDevice } from './device.ts';
import { listWebgpuProgram } from './list-program.ts';
import { webgpuExecutor } from './webgpu-executor.ts';
import type { WebgpuExecutorOptions } from './executor-options.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

/** The promise for hidden states of size 1; the latents that they drive here are of size 1 to 10. */
const rounding = 1e-4;

describe.skipIf(!hasAdapter)('a flow head on webgpu (needs a WebGPU adapter)', () => {
  let device: GpuDevice;
  const instance = latentInstance();
  const { model } = instance;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    device = (await openDevice()) as GPUDevice;
  });
  afterAll(() => instance.dispose());

  /** Latents by a new executor. */
  async function latentsBy(
    options: Parameters<typeof latentsOf>[1] = {},
    how: Omit<WebgpuExecutorOptions, 'device'> = {},
    of = model,
  ): Promise<Float32Array> {
    const executor = await webgpuExecutor(of, { device, ...how });
    try {
      return await latentsOf(of, { ...options, executor });
    } finally {
      executor.dispose();
    }
  }

  it.each([
    [
      'with guidance from scale 1 on, at half the temperature',
      { guidanceScaleAt: (step: number) => 1 + step / 2, sampling: { temperature: 0.5 } },
    ],
    ['of nine items, by tiles', { seeds: Array.from({ length: 9 }, (_, item) => BigInt(item)) }],
  ])('draws the latents of the reference %s', async (_, options) => {
    const reference = await latentsOf(model, options);

    expect(largestDifference(await latentsBy(options), reference)).toBeLessThan(rounding);
  });

  it('draws the latents of the reference row by row, each fed by the latent above', async () => {
    const byRow = latentInstance(1n, llamaParts, nextRow({ sides: [2, 3] }));

    const latents = await latentsBy({}, {}, byRow.model);

    expect(largestDifference(latents, await latentsOf(byRow.model, {}))).toBeLessThan(rounding);
    byRow.dispose();
  });

  it('draws the latents of the reference unguided, and the same step by step as in slices', async () => {
    const latents = await latentsBy();

    expect(largestDifference(latents, await latentsOf(model, {}))).toBeLessThan(rounding);
    expect(await latentsBy({}, { sliceSteps: 1 })).toEqual(latents);
  });

  it('draws nearly the same latents by f16 weights', async () => {
    const difference = largestDifference(
      await latentsBy({}, { format: 'f16' }),
      await latentsOf(model, {}),
    );

    // Products of rows of 16 are rounded to 11 bits.
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(0.02);
  });

  it('refuses NaN weights with the step at which they show', async () => {
    const broken = instance.rebind(
      mapParams(model.params, (weight, path) =>
        path === 'head.final.output.bias' ? tf.fill(weight.shape, NaN) : weight,
      ),
    );

    const run = latentsBy({}, {}, broken);

    await expect(run).rejects.toThrow(NumericError);
    await expect(run).rejects.toThrow('step 0: latents must be finite');
  });

  it('refuses filters, which latents have none of', async () => {
    await expect(latentsBy({ sampling: { topK: 3 } })).rejects.toThrow(OptionError);
  });
});

// Dawn's null backend does everything but compute.
describe('the host cost of a flow head on webgpu', () => {
  it('is 2 dispatches, and for an Euler step 2 a block and 4 more; nothing is made in the loop', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, condition, dispose } = latentInstance();
    const executor = await webgpuExecutor(model, { device, sliceSteps: 1 });
    const rows = condition(2, false);
    const made: number[] = [];
    for await (const _ of decode(model, { seeds: [1n, 2n], condition: rows, executor })) {
      made.push(counts.made);
    }

    // 6 steps of 2 transformer blocks behind what feeds them; 5 Euler steps of 2 blocks each.
    expect(counts.dispatches).toBe(6 * (1 + 5 * 2 + 2 + 5 * (2 * 2 + 4)));
    expect(new Set(made).size).toBe(1);
    const listing = listWebgpuProgram(model, { items: 2 });
    const listed = listing.steps.reduce((sum, step) => sum + operationCount(step), 0);
    expect(listed).toBe(counts.dispatches);
    rows.dispose();
    executor.dispose();
    expect(counts.buffers).toBe(0);
    dispose();
  });

  it('is listed with rows in a closed form that holds within 5 %', () => {
    const { model, dispose } = latentInstance();

    // Regions begin at multiples of 256 bytes, which shows in few rows.
    const listing = listWebgpuProgram(model, { items: 64, isGuided: true });

    const formula = listing.formulas.find(({ kind }) => kind === 'rows');
    const share = kindBytes(listing, 'rows') / (formula?.bytes ?? 0);
    expect(Math.abs(share - 1)).toBeLessThanOrEqual(0.05);
    dispose();
  });
});
