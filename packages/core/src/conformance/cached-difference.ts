import { concat, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { planLength, stepCount, stepRange } from '../plan/plan.ts';
import type { SequenceModel } from '../sequence-model.ts';
import { largestDifference } from '../testing/tensor-checks.ts';
import { firstTokens } from './first-tokens.ts';

/**
 * Largest absolute difference between the hidden states of one masked pass and those of cached decoding of the same
 * tokens. Infinite if one is not a number, or if the state does not remember one row a position.
 *
 * @param tokens  `[B, N]` or `[B, N, channels]`; borrowed.
 * @param condition  `[B, …]`; borrowed.
 */
export async function cachedDifference(
  model: SequenceModel,
  tokens: Tensor,
  condition: Tensor,
): Promise<number> {
  const whole = tidy(() => model.forward(tokens, condition));
  const stepwise = stepwiseHidden(model, tokens, condition);
  try {
    return largestDifference(await whole.data(), await stepwise.data());
  } finally {
    whole.dispose();
    stepwise.dispose();
  }
}

function stepwiseHidden(model: SequenceModel, tokens: Tensor, condition: Tensor): Tensor3D {
  const state = model.open(condition);
  try {
    return tidy(() => {
      const prefix = model.prefix?.(condition);
      if (prefix !== undefined) state.extend(prefix);
      const parts: Tensor3D[] = [];
      for (let step = 0; step < stepCount(model.plan); step++) {
        const known = firstTokens(tokens, stepRange(model.plan, step).start);
        const rows = model.inputs(known, condition, { from: step, to: step + 1 });
        parts.push(state.extend(rows));
      }
      const remembered = state.length - (prefix?.x.shape[1] ?? 0);
      const isComplete = remembered === planLength(model.plan);
      return isComplete ? concat(parts, 1) : (concat(parts.slice(0, 1), 1) as Tensor3D);
    });
  } finally {
    state.dispose();
  }
}
