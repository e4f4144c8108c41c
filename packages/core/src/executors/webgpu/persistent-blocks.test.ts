import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { TransformerParts } from '../../backbone/transformer.ts';
import type { DecodeOptions } from '../../decode/executor.ts';
import { selfAttention } from '../../layers/attention.ts';
import { mlp } from '../../layers/mlp.ts';
import { layerNorm } from '../../layers/norm.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { largestDifference } from '../../testing/tensor-checks.ts';
import { latentInstance, latentsOf } from '../latent-model.test-support.ts';
import {
  byRow,
  editOptions,
  llamaParts,
  otherParts,
  rasterModel,
  tokensOf,
} from '../raster-model.test-support.ts';
import { scaleCondition, scaleModel } from '../scale-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import type { GpuDevice } from './device.ts';
import type { WebgpuExecutorOptions } from './executor-options.ts';
import { hasAdapter, openDevice } from './gpu.test-support.ts';
import { gpuWeightFormats } from './gpu-weight-format.ts';
import { withLimits } from './limited-device.test-support.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

const steps = 6;
/** Layer norms, biases and GELU, with a hidden width that no strand of lanes divides. */
const normedParts: TransformerParts = {
  ...llamaParts,
  norm: layerNorm(),
  attention: selfAttention({ width: 16, heads: 2, hasBias: true, hasKeyBias: true }),
  mlp: mlp({ width: 16, hidden: 24 }),
};

/** Tokens, and dispatches of all steps together. */
interface Drawn {
  readonly tokens: Int32Array;
  readonly dispatches: number;
}

// One workgroup meets itself on every adapter; many were compared on a GPU (docs/performance.md).
describe.skipIf(!hasAdapter)('blocks in one dispatch (needs a WebGPU adapter)', () => {
  let whole: GpuDevice;
  let plain: GpuDevice;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    whole = (await openDevice(undefined, true)) as GPUDevice;
    // It has no subgroups.
    plain = (await openDevice()) as GPUDevice;
  });

  async function draw(
    model: SequenceModel,
    how: Partial<WebgpuExecutorOptions> = {},
    options: Partial<DecodeOptions> = {},
  ): Promise<Drawn> {
    const counting = countingDevice(how.device ?? whole);
    const device = counting.device;
    const executor = await webgpuExecutor(model, { persistentWorkgroups: 1, ...how, device });
    const tokens = await tokensOf(model, { executor, ...options });
    executor.dispose();
    return { tokens, dispatches: counting.counts.dispatches };
  }

  it.each([
    ['a Llama with shared key-value heads', llamaParts, {}],
    ['a Llama with filters, guidance and given ids', llamaParts, editOptions],
    ['layer norms, biases and GELU', normedParts, {}],
  ])(
    'draw the tokens of the reference in three dispatches a step: %s',
    async (_, parts, options) => {
      const { model, dispose } = rasterModel(parts);

      const { tokens, dispatches } = await draw(model, {}, options);

      expect(tokens).toEqual(await tokensOf(model, options));
      // Inputs, blocks with the head, and the draw; at first the workgroups meet.
      expect(dispatches).toBe(1 + 3 * steps);
      dispose();
    },
  );

  it.each(gpuWeightFormats)(
    'draw what a dispatch each product draws, by %s weights',
    async (format) => {
      const { model, dispose } = rasterModel();

      const { tokens, dispatches } = await draw(model, { format });

      expect(tokens).toEqual((await draw(model, { format, persistentWorkgroups: 0 })).tokens);
      expect(dispatches).toBe(1 + 3 * steps);
      dispose();
    },
  );

  it('draw several rows of a step, each of which sees the others', async () => {
    const { model, dispose } = rasterModel(llamaParts, undefined, byRow);

    const { tokens, dispatches } = await draw(model);

    expect(tokens).toEqual(await tokensOf(model, {}));
    expect(dispatches).toBe(1 + 3 * 2);
    dispose();
  });

  it('need a dispatch more for every buffer that weights are split into', async () => {
    const { model, dispose } = rasterModel();
    const device = withLimits(whole, { maxStorageBufferBindingSize: 2 ** 14 });

    const { tokens, dispatches } = await draw(model, { device });

    expect(tokens).toEqual(await tokensOf(model, {}));
    expect(dispatches).toBeGreaterThan(1 + 3 * steps);
    expect(dispatches).toBeLessThan((5 * 2 + 3) * steps);
    dispose();
  });

  it('leave rows to a flow head', async () => {
    const { model, dispose } = latentInstance();
    const { device, counts } = countingDevice(whole);
    const before = await webgpuExecutor(model, { device, persistentWorkgroups: 0 });
    await latentsOf(model, { executor: before });
    const dispatches = counts.dispatches;
    const executor = await webgpuExecutor(model, { device, persistentWorkgroups: 1 });

    const latents = await latentsOf(model, { executor });

    expect(largestDifference(latents, await latentsOf(model, {}))).toBeLessThan(1e-4);
    expect(counts.dispatches - dispatches).toBeLessThan(dispatches);
    before.dispose();
    executor.dispose();
    dispose();
  });

  it('draw one generation like another by what the one before was made of', async () => {
    const { model, dispose } = rasterModel();
    const counting = countingDevice(whole);
    const { device, counts } = counting;
    const executor = await webgpuExecutor(model, { device, persistentWorkgroups: 1 });
    const weights = counts.buffers;
    const kinds = [
      { seeds: [1n, 2n] },
      { seeds: [3n, 4n] },
      { seeds: [3n, 4n], ...editOptions },
      { seeds: [5n, 6n], ...editOptions, guidanceScaleAt: () => 3 },
    ];
    const made: number[] = [];

    for (const options of kinds) {
      const tokens = await tokensOf(model, { executor, ...options });
      expect(tokens).toEqual(await tokensOf(model, options));
      made.push(counts.made);
    }

    // The second of a kind makes nothing; the first of the next kind takes its place.
    expect(made[1]).toBe(made[0]);
    expect(made[2]).toBeGreaterThan(made[1]);
    expect(made[3]).toBe(made[2]);
    expect(counts.buffers).toBeGreaterThan(weights);
    executor.dispose();
    expect(counts.buffers).toBe(0);
    dispose();
  });

  it('start a generation from nothing, though the buffers are those of another', async () => {
    const { model, dispose } = scaleModel();
    const { device, counts } = countingDevice(whole);
    const executor = await webgpuExecutor(model, { device });
    const condition = scaleCondition(2);

    // Scales are added to a sum that the generation before has left.
    const first = await tokensOf(model, { executor, condition });
    const { made } = counts;
    const second = await tokensOf(model, { executor, condition });

    expect(second).toEqual(first);
    expect(counts.made).toBe(made);
    // Rows, and the state with what workgroups have exchanged.
    expect(counts.cleared).toBe(2);
    executor.dispose();
    condition.dispose();
    dispose();
  });

  it('draw the tokens of the reference by several workgroups, where the adapter runs them at once', async (context) => {
    const { model, dispose } = rasterModel(normedParts);

    const { tokens, dispatches } = await draw(model, { persistentWorkgroups: 3 });

    expect(tokens).toEqual(await tokensOf(model, {}));
    dispose();
    if (dispatches > 1 + 3 * steps) context.skip('the adapter runs workgroups one by one');
  });

  it.each([
    ['attention of the cosine', otherParts],
    ['less workgroup memory than they take', llamaParts],
  ])('are left to a dispatch each product: %s', async (_, parts) => {
    const { model, dispose } = rasterModel(parts);
    const device =
      parts === llamaParts ? withLimits(plain, { maxComputeWorkgroupStorageSize: 4096 }) : whole;

    const { tokens, dispatches } = await draw(model, { device });

    expect(tokens).toEqual(await tokensOf(model, {}));
    expect(dispatches).toBe((5 * 2 + 3) * steps);
    dispose();
  });

  it('are left to a dispatch each product where workgroups do not run at the same time', async () => {
    const { model, dispose } = rasterModel();

    // More than any device runs at once.
    const { tokens, dispatches } = await draw(model, { persistentWorkgroups: 4096 });

    expect(tokens).toEqual(await tokensOf(model, {}));
    expect(dispatches).toBe(1 + (5 * 2 + 3) * steps);
    dispose();
  });
});
