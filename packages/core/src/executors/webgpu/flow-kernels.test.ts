import { beforeAll, describe, expect, it, vi } from 'vitest';
import { positionKey } from '../../decode/decode.ts';
import { normals, purposes } from '../../random/draw.ts';
import { foldIn, keyFromSeed } from '../../random/threefry.ts';
import { largestDifference } from '../../testing/tensor-checks.ts';
import { hasAdapter } from './gpu.test-support.ts';
import { flowNoiseWgsl } from './flow-noise.wgsl.ts';
import { flowStepWgsl } from './flow-step.wgsl.ts';
import { KernelRunner } from './kernel-runner.test-support.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

describe.skipIf(!hasAdapter)('kernels of flow heads (need a WebGPU adapter)', () => {
  let runner: KernelRunner;
  beforeAll(async () => {
    runner = await KernelRunner.open();
  });

  it('draw 65,536 normal numbers of the host to 1e-5, the same in both halves', async () => {
    const [items, positions, channels, step] = [2, 128, 256, 3];
    const keys = [5n, 6n].map(keyFromSeed);
    const order = Int32Array.from({ length: positions }, (_, index) => positions - 1 - index);
    const half = items * positions * channels;

    const { arena } = await runner.run(flowNoiseWgsl('f32'), {
      kernel: {
        out: 0,
        items,
        sequences: 2 * items,
        channels: channels / 4,
        temperature: 1,
        keys: 0,
        positions: 4,
      },
      step: { positions, step },
      arena: new Float32Array(2 * half),
      state: Int32Array.from([...keys.flat(), ...order]),
      grid: [positions, items, 1],
    });

    const expected = keys.flatMap((key) =>
      [...order].flatMap((position) => [
        ...normals(foldIn(positionKey(key, step, position), purposes.headNoise), channels),
      ]),
    );
    expect(largestDifference(arena.subarray(0, half), expected)).toBeLessThan(1e-5);
    expect(arena.subarray(half)).toEqual(arena.subarray(0, half));
  });

  it.each([
    ['unguided', 1, [1 + 0.5 * 10, 2 + 0.5 * 20]],
    // u + 3 (c - u) of (10, 20) and (6, 40).
    ['guided', 3, [1 + 0.5 * 18, 2 + 0.5 * -20]],
  ])('move latents along the velocity, %s, and put them where they are read', async (...args) => {
    const [, guidanceScale, moved] = args;
    const isGuided = guidanceScale !== 1;
    // One position of two items, its latents of four channels; both halves.
    const fours = (values: readonly number[]) => values.flatMap((value) => [value, 0, 0, 0]);
    const arena = Float32Array.from([
      ...fours([1, 2, 1, 2]),
      ...fours([10, 20, 6, 40]),
      ...fours([0, 0, 0, 0, 0, 0]),
    ]);

    const after = await runner.run(flowStepWgsl({ cacheFormat: 'f32', isGuided, isLast: true }), {
      kernel: { out: 0, x: 4, latents: 8, items: 2, channels: 1, stepLength: 0.5 },
      step: { start: 1, positions: 1, guidanceScale },
      arena,
      grid: [1, 1, 1],
    });

    const firsts = Array.from({ length: 14 }, (_, four) => after.arena[4 * four]);
    expect(firsts.slice(0, 4)).toEqual([...moved, ...(isGuided ? moved : [1, 2])]);
    // Position 1 of both items, behind position 0.
    expect(firsts.slice(8, 12)).toEqual([0, 0, ...moved]);
  });
});
