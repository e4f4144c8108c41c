import { memory } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Largest absolute difference of two sequences of numbers; infinite if their lengths differ or one has NaN. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (Number.isNaN(difference)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Asserts that a tensor holds these values, within `tolerance`. */
export async function expectAllClose(
  tensor: Tensor,
  expected: ArrayLike<number>,
  tolerance: number,
): Promise<void> {
  expect(largestDifference(await tensor.data(), expected)).toBeLessThanOrEqual(tolerance);
}

/** Asserts that as many tensors live after `run` as before. `run` frees what it makes. */
export async function expectNoTensorLeak(run: () => unknown): Promise<void> {
  const before = memory().numTensors;
  await run();
  expect(memory().numTensors).toBe(before);
}
