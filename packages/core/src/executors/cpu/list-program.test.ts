import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { decode } from '../../decode/decode.ts';
import { UnsupportedError } from '../../errors.ts';
import { kindBytes } from '../../program/program-listing.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { expectNoTensorLeak } from '../../testing/tensor-checks.ts';
import { rasterCondition, rasterModel } from '../raster-model.test-support.ts';
import { scaleCondition, scaleModel } from '../scale-model.test-support.ts';
import { weightFormats } from '../weight-format.ts';
import { cpuExecutor } from './cpu-executor.ts';
import { listCpuProgram } from './list-program.ts';
import type { CpuListingOptions } from './list-program.ts';
import { Machine } from './machine.ts';
import { recordWords } from './records.ts';

beforeAll(() => tf.setBackend('cpu'));
afterEach(() => vi.restoreAllMocks());

/** Operations by the numbers that `assembly/index.as` gives them. */
const names =
  'none normalize quantize multiply placeHeads attend lookUp contract blend broadcast epilogue'.split(
    ' ',
  );

describe('listCpuProgram', () => {
  it.each(weightFormats)(
    'lists the records that the machine runs for a plan of tokens, by %s weights',
    async (format) => {
      const { model, dispose } = rasterModel();
      const options = { format, items: 2, isGuided: true };

      const listing = await listCpuProgram(model, options);

      const ran = await runOf(model, options, rasterCondition(4));
      expect(listing.steps.map(({ operations }) => operations)).toEqual(ran.operations);
      expect(listing.totalBytes).toBe(ran.reserved);
      dispose();
    },
  );

  it('lists the records that the machine runs for a plan of scales, two of them by the engine', async () => {
    const { model, dispose } = scaleModel();
    const options = { items: 2, threads: 2, engineRows: 18 };

    const listing = await listCpuProgram(model, options);

    const ran = await runOf(model, options, scaleCondition(2));
    const products = listing.steps.map(({ operations }) => operations['engine product'] ?? 0);
    const records = listing.steps.map(({ operations }) =>
      Object.fromEntries(Object.entries(operations).filter(([name]) => name !== 'engine product')),
    );
    // 4 products of each of 2 blocks, and the head.
    expect(products).toEqual([0, 0, 4 * 2 + 1, 4 * 2 + 1]);
    expect(records).toEqual(ran.operations);
    expect(listing.totalBytes).toBe(ran.reserved);
    dispose();
  });

  it('reads all weights of the blocks and the head once a step, and one row of the table a token', async () => {
    const { model, dispose } = rasterModel();

    const listing = await listCpuProgram(model, { items: 3 });

    const tables = ['token embeddings', 'rotary cosines', 'rotary sines'];
    const others = listing.regions.filter(
      ({ kind, name }) => kind === 'weights' && !tables.includes(name),
    );
    const whole = others.reduce((sum, { bytes }) => sum + bytes, 0);
    // 8 values a head: 4 cosines and 4 sines a position, in each of 2 blocks. The first rows are start rows.
    const [first, ...rest] = listing.steps.map(({ weightBytes }) => weightBytes);
    expect(first).toBe(whole + 2 * 8 * 4);
    expect(new Set(rest)).toEqual(new Set([whole + 2 * 8 * 4 + 3 * 16 * 4]));
    dispose();
  });

  it('reads the keys and values of all slots up to the end of each step', async () => {
    const { model, dispose } = scaleModel();

    const { steps } = await listCpuProgram(model, { items: 1, isGuided: true });

    // 2 blocks, keys and values, 2 sequences, 2 heads of 8 floats: 512 bytes a slot.
    expect(steps.map(({ cacheBytes }) => cacheBytes)).toEqual([512, 5 * 512, 14 * 512, 30 * 512]);
    expect(steps.map(({ rows }) => rows)).toEqual([2, 8, 18, 32]);
    dispose();
  });

  it('states the memory in closed forms that hold within 5 %', async () => {
    const { model, dispose } = rasterModel();

    const listing = await listCpuProgram(model, { items: 16 });

    for (const { kind, bytes } of listing.formulas) {
      expect(Math.abs(kindBytes(listing, kind) / bytes - 1), kind).toBeLessThanOrEqual(0.05);
    }
    expect(listing.formulas.map(({ kind }) => kind)).toEqual(['weights', 'cache', 'rows']);
    dispose();
  });

  it('says why it cannot list a model, and leaves no tensor behind', async () => {
    const { model, dispose } = rasterModel();
    const recipe = { ...model, prefix: () => ({ x: tf.zeros<tf.Rank.R3>([1, 1, 16]) }) };

    await expect(listCpuProgram(recipe)).rejects.toThrow(UnsupportedError);
    await expectNoTensorLeak(async () => {
      await listCpuProgram(model);
    });
    dispose();
  });
});

/** Records that the machine ran in each step of one generation, by name, and the bytes that were reserved. */
async function runOf(
  model: SequenceModel,
  { items = 1, isGuided = false, ...how }: CpuListingOptions,
  condition: tf.Tensor,
): Promise<{ readonly operations: Record<string, number>[]; readonly reserved: number }> {
  const ran: string[][] = [];
  const reserved = vi.spyOn(Machine.prototype, 'reserve');
  const run = Machine.prototype.run;
  vi.spyOn(Machine.prototype, 'run').mockImplementation(function (this: Machine, program) {
    const words = this.integers(program.records, program.count * recordWords);
    const step = model.plan.stepStarts.indexOf(program.fill);
    for (let record = 0; record < program.count; record++) {
      (ran[step] ??= []).push(names[words[record * recordWords]]);
    }
    run.call(this, program);
  });
  const executor = await cpuExecutor(model, how);
  const seeds = Array.from({ length: items }, (_, item) => BigInt(item));
  const guidance = isGuided ? { guidanceScaleAt: () => 2 } : {};
  for await (const _ of decode(model, { seeds, condition, executor, ...guidance }));
  condition.dispose();
  executor.dispose();
  return {
    operations: ran.map((step) => Object.fromEntries(tally(step))),
    reserved: Math.max(...reserved.mock.calls.map(([end]) => end)),
  };
}

function tally(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
