import { memory } from '@tensorflow/tfjs-core';
import { cpuExecutor } from '../executors/cpu/cpu-executor.ts';
import { decodeTokens } from './decode-tokens.ts';
import type { RecipeInstance } from './recipe-instance.ts';
import { differing, roundingOfLatents } from './seed-dependence.ts';

/** How a fused executor differs from the reference. */
export interface ExecutorDifference {
  /** Values of tokens that differ, latents by more than rounding, of items decoded together, alone, and a second time. */
  readonly differing: number;
  /** Tensors left behind. */
  readonly leaked: number;
}

/**
 * Decodes the same items by the reference and by the cpu executor, on two threads, with the kernels whose bits are the
 * same on every machine.
 */
export async function executorDifference(instance: RecipeInstance): Promise<ExecutorDifference> {
  const items = [0, 1, 2];
  const reference = await decodeTokens(instance, items);
  const before = memory().numTensors;
  const executor = await cpuExecutor(instance.model, { threads: 2, build: 'plain' });
  try {
    const together = await decodeTokens(instance, items, { executor });
    const again = await decodeTokens(instance, items, { executor });
    const [alone] = await decodeTokens(instance, [2], { executor });
    return {
      differing:
        differing(reference, together, roundingOfLatents) +
        differing(together, again) +
        differing([reference[2]], [alone], roundingOfLatents),
      leaked: memory().numTensors - before,
    };
  } finally {
    executor.dispose();
  }
}
