import { memory } from '@tensorflow/tfjs-core';
import { decode } from '../decode/decode.ts';
import { stepCount } from '../plan/plan.ts';
import { conditionOf } from './decode-tokens.ts';
import type { RecipeInstance } from './recipe-instance.ts';

/**
 * Tensors left alive by decodings that end after each number of steps: 0 by an aborted signal, then by leaving the
 * loop, and at last whole. The largest of them.
 */
export async function decodingLeaks(instance: RecipeInstance): Promise<number> {
  const steps = stepCount(instance.model.plan);
  const condition = conditionOf(instance, [0, 1]);
  let largest = 0;
  try {
    for (const stop of new Set([0, 1, Math.floor(steps / 2), steps])) {
      const before = memory().numTensors;
      await decodeSteps(instance, condition, stop);
      largest = Math.max(largest, memory().numTensors - before);
    }
    return largest;
  } finally {
    condition.dispose();
  }
}

async function decodeSteps(
  { model }: RecipeInstance,
  condition: ReturnType<typeof conditionOf>,
  stop: number,
): Promise<void> {
  const options = {
    seeds: [0n, 1n],
    condition,
    guidanceScaleAt: () => 2,
    ...(stop === 0 && { signal: AbortSignal.abort() }),
  };
  try {
    for await (const { step } of decode(model, options)) if (step + 1 === stop) break;
  } catch (error) {
    if (stop !== 0) throw error;
  }
}
