import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NumericError, OptionError } from '../../errors.ts';
import { flowHead } from '../../heads/flow-head.ts';
import { initializer } from '../../initializer.ts';
import { mapParams, namedParams } from '../../params.ts';
import { kindBytes } from '../../program/program-listing.ts';
import type { Network } from '../../program/network.ts';
import { normals } from '../../random/draw.ts';
import { nextRow } from '../../plan/next-row.ts';
import { expectNoTensorLeak, largestDifference } from '../../testing/tensor-checks.ts';
import { latentInstance, latentsOf } from '../latent-model.test-support.ts';
import { cpuExecutor } from './cpu-executor.ts';
import type { CpuExecutorOptions } from './cpu-executor.ts';
import { listCpuProgram } from './list-program.ts';
import { firstFree, Machine } from './machine.ts';
import { flowStepRecord } from './records.ts';
import { RegionLayout } from './region.ts';
import { cpuSupports } from './supports.ts';

/** The promise for hidden states of size 1; the latents that they drive here are of size 1 to 10. */
const rounding = 1e-4;

const instance = latentInstance();
const { model } = instance;
beforeAll(() => tf.setBackend('cpu'));
afterAll(() => instance.dispose());

/** Latents of two items by a new executor. */
async function latentsBy(
  how: CpuExecutorOptions,
  options: Parameters<typeof latentsOf>[1] = {},
  of = model,
): Promise<Float32Array> {
  const executor = await cpuExecutor(of, how);
  try {
    return await latentsOf(of, { ...options, executor });
  } finally {
    executor.dispose();
  }
}

describe('a flow head on the cpu executor', () => {
  it.each([
    ['unguided', {}],
    ['at half the temperature', { sampling: { temperature: 0.5 } }],
    ['with guidance from scale 1 on', { guidanceScaleAt: (step: number) => 1 + step / 2 }],
    ['at scale 0, which is the half without condition', { guidanceScaleAt: () => 0 }],
  ])('draws the latents of the reference %s', async (_, options) => {
    const reference = await latentsOf(model, options);

    const latents = await latentsBy({}, options);

    expect(largestDifference(latents, reference)).toBeLessThan(rounding);
    expect(await latentsBy({ threads: 3 }, options)).toEqual(latents);
  });

  it('multiplies on the engine from as many rows as asked, and leaks no tensor', async () => {
    const options = { guidanceScaleAt: () => 2 };
    const reference = await latentsOf(model, options);

    const latents = await latentsBy({ engineRows: 1, threads: 2 }, options);

    expect(largestDifference(latents, reference)).toBeLessThan(rounding);
    await expectNoTensorLeak(() => latentsBy({ engineRows: 1 }, options));
  });

  it('draws by bf16 weights the latents of the reference with weights rounded so', async () => {
    const rounded = instance.rebind(
      mapParams(model.params, (weight, path) =>
        // Inputs, times and vectors stay as they are.
        /backbone.*(qkv|weight)$|head.(blocks|final|condition).*weight$/.test(path)
          ? bf16(weight)
          : weight,
      ),
    );

    const latents = await latentsBy({ format: 'bf16' });

    const exact = largestDifference(latents, await latentsOf(model, {}));
    expect(exact).toBeGreaterThan(rounding);
    expect(largestDifference(latents, await latentsOf(rounded, {}))).toBeLessThan(rounding);
  });

  it.each(['int8', 'int4'] as const)(
    'draws first latents by %s weights near those of the reference, the same every time',
    async (format) => {
      const options = { seeds: [1n] };
      const reference = await latentsOf(model, options);

      const latents = await latentsBy({ format, build: 'plain' }, options);

      // Sums of 16 products are far from averaging the rounding out; later latents carry it on.
      const [first, expected] = [latents, reference].map((values) => values.subarray(0, 4));
      expect(largestDifference(first, expected)).toBeLessThan(0.5);
      expect(await latentsBy({ format, build: 'plain', threads: 2 }, options)).toEqual(latents);
    },
  );

  it('runs two generations at once, each as if it were alone', async () => {
    const executor = await cpuExecutor(model);

    const both = await Promise.all([
      latentsOf(model, { executor, seeds: [1n, 2n] }),
      latentsOf(model, { executor, seeds: [3n, 4n] }),
    ]);

    expect(both[0]).toEqual(await latentsBy({}, { seeds: [1n, 2n] }));
    expect(both[1]).toEqual(await latentsBy({}, { seeds: [3n, 4n] }));
    executor.dispose();
  });

  it('refuses NaN weights with the step at which they show', async () => {
    const broken = instance.rebind(
      mapParams(model.params, (weight, path) =>
        path === 'head.final.output.bias' ? tf.fill(weight.shape, NaN) : weight,
      ),
    );

    await expect(latentsBy({}, {}, broken)).rejects.toThrow(NumericError);
    await expect(latentsBy({}, {}, broken)).rejects.toThrow('step 0: flowHead: latents');
  });

  it('refuses filters, which latents have none of', async () => {
    const run = latentsBy({}, { sampling: { topP: 0.9 } });

    await expect(run).rejects.toThrow(OptionError);
  });

  it('is listed with its Euler steps, its matrices once for each, and rows in closed form', async () => {
    const listing = await listCpuProgram(model, { items: 8, isGuided: true });

    const { operations, weightBytes } = listing.steps[0];
    expect(operations['flowStep']).toBe(5);
    const inside = namedParams(model.params)
      .filter(([path]) => /head.(input|blocks|final).*(weight|bias|scale|shift)/.test(path))
      .reduce((sum, [, { size }]) => sum + 4 * size, 0);
    const before = namedParams(model.params)
      .filter(([path]) => /backbone|head.condition/.test(path))
      .reduce((sum, [, { size }]) => sum + 4 * size, 0);
    // Times are read once, 16 values for each of 5 steps; angles of one position, 8 in each of 2 blocks.
    expect(weightBytes).toBe(before + 5 * inside + 4 * (5 * 16 + 2 * 8));
    const rows = listing.formulas.find(({ kind }) => kind === 'rows');
    const share = kindBytes(listing, 'rows') / (rows?.bytes ?? 0);
    expect(Math.abs(share - 1)).toBeLessThanOrEqual(0.05);
  });

  it('is refused where a latent is no multiple of 4, or feeds one of several positions', () => {
    // Every instance has a network.
    const network = model.network as Network;
    const mlp = flowHead({ width: 16, channels: 6, hidden: 12 }).init(initializer([1, 1]));
    const head = { kind: 'flow', mlp, steps: 2 } as const;

    const support = cpuSupports({
      plan: nextRow({ sides: [2, 3] }),
      network: { ...network, head },
    });

    expect(support).toEqual({
      isSupported: false,
      reasons: [
        'its drawn latent must be a multiple of 4, it is 6',
        'a step of several positions is fed by the tokens of the step before',
      ],
    });
  });
});

describe('an Euler step of the machine', () => {
  const channels = 4;
  const rows = 6;
  const x = normals([2, 1], rows * channels);
  const velocity = normals([2, 2], rows * channels);

  it.each([1, 3])(
    'moves all rows along the velocity at scale 1, on %i threads',
    async (threads) => {
      const moved = await step(1, threads);

      const expected = x.map((value, index) => value + 0.25 * velocity[index]);
      expect(largestDifference(moved, expected)).toBeLessThan(1e-6);
    },
  );

  it.each([1, 3])(
    'moves both halves along u + s (c - u) otherwise, on %i threads',
    async (threads) => {
      const moved = await step(3, threads);

      const half = moved.length / 2;
      const expected = x.slice(0, half).map((value, index) => {
        const [c, u] = [velocity[index], velocity[index + half]];
        return value + 0.25 * (u + 3 * (c - u));
      });
      expect(largestDifference(moved, [...expected, ...expected])).toBeLessThan(1e-6);
    },
  );

  async function step(scale: number, threads: number): Promise<Float32Array> {
    const machine = await Machine.start({ threads, build: 'plain' });
    const layout = new RegionLayout(firstFree);
    const at = {
      x: layout.words('latents', x.length),
      velocity: layout.words('velocity', x.length),
      guidanceScale: layout.words('scale', 1),
      records: layout.words('program', 20),
    };
    machine.reserve(layout.end);
    machine.floats(at.x, x.length).set(x);
    machine.floats(at.velocity, x.length).set(velocity);
    machine.floats(at.guidanceScale, 1).set([scale]);
    machine.write(at.records, [flowStepRecord({ ...at, channels, step: 0.25 })]);
    machine.run({
      records: at.records,
      count: 1,
      sequences: rows,
      positions: 1,
      fill: 0,
      visible: { begin: 0, end: 0, isSelfSeen: true },
    });
    const moved = machine.floats(at.x, x.length).slice();
    machine.dispose();
    return moved;
  }
});

/** The nearest values of 16 bits. */
function bf16(weight: tf.Tensor): tf.Tensor {
  const bits = new Uint32Array(weight.dataSync<'float32'>().slice().buffer);
  const upper = bits.map((word) => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000);
  return tf.tensor(new Float32Array(upper.buffer), weight.shape);
}
