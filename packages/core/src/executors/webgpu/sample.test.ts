import { beforeAll, describe, expect, it, vi } from 'vitest';
import { uniforms } from '../../random/draw.ts';
import { foldIn, keyFromSeed } from '../../random/threefry.ts';
import { filterLogits, sampleRow } from '../../sampling/filters.ts';
import type { SamplingOptions } from '../../sampling/filters.ts';
import { combineGuidance } from '../../sampling/guidance.ts';
import { compileDraw } from './compile-sampling.ts';
import type { ProgramSource } from './dispatch.ts';
import { hasAdapter } from './gpu.test-support.ts';
import { KernelRunner } from './kernel-runner.test-support.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

const vocabulary = 300;
const padded = 304;
const positions = 40;
const items = 2;
const step = 3;
/** Draws this close to a border of the running sum may go to either side. */
const nearTie = 1e-5;

describe.skipIf(!hasAdapter)('sampling on the device (needs a WebGPU adapter)', () => {
  let runner: KernelRunner;
  beforeAll(async () => {
    runner = await KernelRunner.open();
  });

  it.each<[string, SamplingOptions, number | undefined]>([
    ['no filter', {}, undefined],
    ['the largest logit', { temperature: 0 }, undefined],
    ['guidance, temperature, top-k and top-p', { temperature: 0.8, topK: 50, topP: 0.9 }, 2.5],
    ['top-p of many ties', { topP: 0.37 }, undefined],
    ['min-p and epsilon', { topP: 0.95, minP: 0.05, epsilon: 0.004 }, undefined],
  ])('draws what float64 draws: %s', async (_, sampling, guidanceScale) => {
    const logits = testLogits();
    const tokens = await drawn(runner, { logits, sampling, guidanceScale });

    const expected = expectedTokens({ logits, sampling, guidanceScale });
    const differing = expected.filter(({ token }, index) => tokens[index] !== token);

    expect(differing.filter(({ isNear }) => !isNear)).toEqual([]);
    expect(differing.length).toBeLessThanOrEqual(1);
  });

  it('marks rows that are not finite', async () => {
    const logits = testLogits();
    logits[7] = NaN;
    logits[padded + 3] = Infinity;
    logits[2 * padded + 5] = -Infinity;

    const tokens = await drawn(runner, { logits, sampling: {}, guidanceScale: undefined });

    expect(tokens.slice(0, 2)).toEqual(Int32Array.of(-2, -2));
    expect(tokens[2]).toBeGreaterThanOrEqual(0);
  });

  it('writes what is given in place of what it draws', async () => {
    const given = new Int32Array(positions * items).fill(-1);
    given[5] = 17;
    const logits = testLogits();

    const tokens = await drawn(runner, { logits, sampling: {}, guidanceScale: undefined, given });

    // The state holds positions, then items.
    expect(tokens[(5 % items) * positions + Math.floor(5 / items)]).toBe(17);
  });
});

interface Draw {
  readonly logits: Float32Array;
  readonly sampling: SamplingOptions;
  readonly guidanceScale: number | undefined;
  readonly given?: Int32Array;
}

/** Logits of all items and positions, and as many without condition: whole quarters, so that ties abound. */
function testLogits(): Float32Array {
  const u = uniforms([9, 9], 2 * items * positions * padded);
  return Float32Array.from(u, (value) => Math.round(24 * value ** 3) / 4);
}

/** Tokens by the device, `[items, positions]`. */
async function drawn(
  runner: KernelRunner,
  { logits, sampling, guidanceScale, given }: Draw,
): Promise<Int32Array> {
  const count = items * positions;
  const places = { ids: 0, given: count, keys: 2 * count, positions: 2 * count + 2 * items };
  const state = new Int32Array(places.positions + positions);
  state.set(given ?? new Int32Array(count).fill(-1), count);
  for (let item = 0; item < items; item++) {
    state.set(keyFromSeed(BigInt(item) + 5n), places.keys + 2 * item);
  }
  state.set(permuted(), places.positions);
  // All that sampling reads of a program.
  const source = {
    regions: { logits: 0, state: places },
    sizes: {
      items,
      sequences: guidanceScale === undefined ? items : 2 * items,
      cacheFormat: 'f32',
    },
  } as unknown as ProgramSource;
  const { code, fields } = compileDraw(
    source,
    { vocabularySize: vocabulary, outputs: (Math.ceil(vocabulary / 8) * 8) / 4 },
    { sampling, positions },
  );
  const after = await runner.run(code, {
    kernel: fields,
    step: { positions, step, guidanceScale: guidanceScale ?? 1 },
    arena: logits,
    state,
    grid: [positions, items, 1],
  });
  return Int32Array.from({ length: count }, (_, index) => {
    const [item, position] = [Math.floor(index / positions), index % positions];
    return after.state[position * items + item];
  });
}

/** Tokens by float64, and whether each draw lies near a border. */
function expectedTokens({ logits, sampling, guidanceScale }: Draw) {
  const order = permuted();
  return Array.from({ length: items * positions }, (_, index) => {
    const item = Math.floor(index / positions);
    const row = (which: number) => logits.slice(which * padded, which * padded + vocabulary);
    const cond = row(index);
    const mixed =
      guidanceScale === undefined
        ? cond
        : combineGuidance(cond, row(index + items * positions), guidanceScale);
    const itemKey = keyFromSeed(BigInt(item) + 5n);
    const key = foldIn(foldIn(foldIn(itemKey, step), order[index % positions]), 0);
    const [u] = uniforms(key, 1);
    const token = sampleRow(mixed, sampling, u);
    let sum = 0;
    const borders = [...filterLogits(mixed, sampling)].map((p) => (sum += p));
    const isNear = borders.some((border) => Math.abs(border - u) < nearTie && border < 1 - nearTie);
    return { token, isNear };
  });
}

/** Ids of the positions, in an order of their own. */
function permuted(): Int32Array {
  return Int32Array.from({ length: positions }, (_, index) => (index * 7) % positions);
}
