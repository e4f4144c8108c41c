import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../decode/decode.ts';
import { UnsupportedError } from '../../errors.ts';
import { layerNorm } from '../../layers/norm.ts';
import { kindBytes, operationCount } from '../../program/program-listing.ts';
import type { ListedStep } from '../../program/program-listing.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { expectNoTensorLeak } from '../../testing/tensor-checks.ts';
import { denoisedModel, xarParts } from '../denoised-model.test-support.ts';
import { rasterCondition, rasterModel } from '../raster-model.test-support.ts';
import { scaleCondition, scaleModel } from '../scale-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { openNullDevice } from './gpu.test-support.ts';
import type { GpuDevice } from './device.ts';
import { gpuWeightFormats } from './gpu-weight-format.ts';
import { listWebgpuProgram } from './list-program.ts';
import type { WebgpuListingOptions } from './list-program.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

beforeAll(() => tf.setBackend('cpu'));

// Dawn's null backend does everything but compute.
describe('listWebgpuProgram', () => {
  it.each(gpuWeightFormats)(
    'lists the dispatches and buffer bytes of a plan of tokens, by %s weights',
    async (format) => {
      const { model, dispose } = rasterModel();
      const options = { format, items: 2, isGuided: true };

      const listing = listWebgpuProgram(model, options);

      const ran = await runOf(model, options, rasterCondition(4));
      expect(listing.steps.map(operationCount)).toEqual(ran.dispatches);
      expect(listing.totalBytes).toBe(ran.bytes);
      dispose();
    },
  );

  it('lists the dispatches and buffer bytes of a plan of scales, of few and of many rows', async () => {
    const { model, dispose } = scaleModel();

    const listing = listWebgpuProgram(model, { items: 2 });

    const ran = await runOf(model, { items: 2 }, scaleCondition(2));
    expect(listing.steps.map(operationCount)).toEqual(ran.dispatches);
    expect(listing.totalBytes).toBe(ran.bytes);
    const blocks = 'qkv 2, attend 2, output 2, up 2, down 2, head 1, sample 1';
    expect(named(listing.steps[0])).toBe(`modulation 3, embed 1, ${blocks}`);
    expect(named(listing.steps[3])).toBe(
      `enlarge 1, blend 1, scale rows 1, row statistics 5, ${blocks}`,
    );
    dispose();
  });

  it('lists the dispatches and buffer bytes of steps that the backbone denoises', async () => {
    const parts = { ...xarParts, norm: layerNorm({ isAffine: false }) };
    const { model, dispose } = denoisedModel({ parts });
    const options = { items: 2, isGuided: true };

    const listing = listWebgpuProgram(model, options);

    const ran = await runOf(model, options, scaleCondition(4));
    expect(listing.steps.map(operationCount)).toEqual(ran.dispatches);
    expect(listing.totalBytes).toBe(ran.bytes);
    const evaluations =
      'embed latents 3, row statistics 15, qkv 6, attend 6, output 6, up 6, down 6, velocity 3, Euler step 3';
    expect(named(listing.steps[2])).toBe(`flow noise 1, ${evaluations}`);
    const formula = listing.formulas.find(({ kind }) => kind === 'rows');
    expect(Math.abs(kindBytes(listing, 'rows') / (formula?.bytes ?? 0) - 1)).toBeLessThan(0.05);
    dispose();
  });

  it('reads all matrices once a step, and one row of the table a token', () => {
    const { model, dispose } = rasterModel();

    const listing = listWebgpuProgram(model, { items: 3 });

    const matrices = listing.regions.filter(
      ({ kind, name }) => kind === 'weights' && name !== 'token embeddings',
    );
    const whole = matrices.reduce((sum, { bytes }) => sum + bytes, 0);
    // Four parts of each of 9 matrices are padded to 256 bytes.
    const [first, ...rest] = listing.steps.map(({ weightBytes }) => weightBytes);
    expect(whole - first).toBeGreaterThanOrEqual(0);
    expect(whole - first).toBeLessThan(9 * 4 * 256);
    expect(new Set(rest)).toEqual(new Set([first + 3 * 16 * 4]));
    dispose();
  });

  it('lists blocks of few rows as one dispatch with the head, which reads the same', () => {
    const { model, dispose } = rasterModel();
    const persistence = { workgroups: 4, subgroup: 1, memoryBytes: 2 ** 16 };

    const single = listWebgpuProgram(model, { persistence });

    const many = listWebgpuProgram(model);
    expect(single.steps.map(named)).toEqual(
      single.steps.map(() => 'embed 1, blocks and head 1, sample 1'),
    );
    const read = ({ weightBytes, cacheBytes }: ListedStep) => [weightBytes, cacheBytes];
    expect(single.steps.map(read)).toEqual(many.steps.map(read));
    // 32 queries, keys and values, 2 parts of 16 values and 2 x 2 numbers, twice 16 of the stream and 32 hidden ones: two
    // words each behind 11 lines of 32 words, in pieces of 256 bytes.
    const exchange = single.regions.find(({ name }) => name === 'rows that workgroups exchange');
    expect(exchange?.bytes).toBe(Math.ceil((4 * (11 * 32 + 2 * 136)) / 256) * 256);
    dispose();
  });

  it('reads the half floats of all slots up to the end of each step', () => {
    const { model, dispose } = scaleModel();

    const { steps } = listWebgpuProgram(model, { format: 'f16', isGuided: true });

    // 2 blocks, keys and values, 2 sequences, 2 heads of 8 halves: 256 bytes a slot.
    expect(steps.map(({ cacheBytes }) => cacheBytes)).toEqual([256, 5 * 256, 14 * 256, 30 * 256]);
    dispose();
  });

  it('states cache and rows in closed forms that hold within 5 %', () => {
    const { model, dispose } = scaleModel();

    const listing = listWebgpuProgram(model, { items: 8 });

    const formulas = listing.formulas.filter(({ kind }) => kind !== 'weights');
    for (const { kind, bytes } of formulas) {
      expect(Math.abs(kindBytes(listing, kind) / bytes - 1), kind).toBeLessThanOrEqual(0.05);
    }
    expect(formulas.map(({ kind }) => kind)).toEqual(['cache', 'rows']);
    dispose();
  });

  it('says why it cannot list a model, and leaves no tensor behind', async () => {
    const { model, dispose } = scaleModel();

    expect(() => listWebgpuProgram({ plan: model.plan })).toThrow(UnsupportedError);
    await expectNoTensorLeak(() => void listWebgpuProgram(model));
    dispose();
  });
});

function named({ operations }: ListedStep): string {
  return Object.entries(operations)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** Dispatches of each step of one generation, and the bytes of all buffers that were made for it. */
async function runOf(
  model: SequenceModel,
  { items = 1, isGuided = false, ...how }: WebgpuListingOptions,
  condition: tf.Tensor,
): Promise<{ readonly dispatches: number[]; readonly bytes: number }> {
  const { device, counts } = countingDevice(await openNullDevice());
  let bytes = 0;
  const before: number[] = [];
  const createBuffer: GpuDevice['createBuffer'] = (descriptor) => {
    bytes += descriptor.size;
    return device.createBuffer(descriptor);
  };
  const createCommandEncoder: GpuDevice['createCommandEncoder'] = () => {
    before.push(counts.dispatches);
    return device.createCommandEncoder();
  };
  const measured = new Proxy(device, {
    get: (target, name) =>
      Reflect.get({ createBuffer, createCommandEncoder }, name) ??
      Reflect.get(target, name, target),
  });
  // A slice of one step is one encoder.
  const executor = await webgpuExecutor(model, { device: measured, sliceSteps: 1, ...how });
  const seeds = Array.from({ length: items }, (_, item) => BigInt(item));
  const guidance = isGuided ? { guidanceScaleAt: () => 2 } : {};
  for await (const _ of decode(model, { seeds, condition, executor, ...guidance }));
  condition.dispose();
  executor.dispose();
  const after = [...before.slice(1), counts.dispatches];
  return { dispatches: after.map((count, step) => count - before[step]), bytes };
}
