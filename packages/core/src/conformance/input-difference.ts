import { concat, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Rows } from '../backbone/backbone.ts';
import { stepCount, stepRange } from '../plan/plan.ts';
import type { SequenceModel } from '../sequence-model.ts';
import { largestDifference } from '../testing/tensor-checks.ts';
import { firstTokens } from './first-tokens.ts';

/**
 * Largest absolute difference between the inputs of all steps made at once, as training makes them, and those made a
 * step at a time from the tokens of the steps before. Rotary angles count as inputs.
 *
 * @param tokens  `[B, N]` or `[B, N, channels]`; borrowed.
 * @param condition  `[B, …]`; borrowed.
 */
export async function inputDifference(
  model: SequenceModel,
  tokens: Tensor,
  condition: Tensor,
): Promise<number> {
  const steps = stepCount(model.plan);
  const angles: Rows['rotary'][] = [];
  const [whole, stepwise] = tidy(() => {
    const all = model.inputs(tokens, condition, { from: 0, to: steps });
    const parts = Array.from({ length: steps }, (_, step) => {
      const known = firstTokens(tokens, stepRange(model.plan, step).start);
      return model.inputs(known, condition, { from: step, to: step + 1 });
    });
    angles.push(all.rotary, ...parts.map(({ rotary }) => rotary));
    return [
      all.x.clone(),
      concat(
        parts.map(({ x }) => x),
        1,
      ),
    ] as [Tensor, Tensor];
  });
  try {
    return Math.max(
      largestDifference(await whole.data(), await stepwise.data()),
      angleDifference(angles),
    );
  } finally {
    whole.dispose();
    stepwise.dispose();
  }
}

function angleDifference([all, ...parts]: readonly Rows['rotary'][]): number {
  const joined = (kind: 'cos' | 'sin') => parts.flatMap((part) => [...(part?.[kind] ?? [])]);
  return Math.max(
    largestDifference(all?.cos ?? [], joined('cos')),
    largestDifference(all?.sin ?? [], joined('sin')),
  );
}
