import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tokensTensor } from '../decode/token-buffer.ts';
import type { TokenValues } from '../heads/head.ts';
import { visibleMask } from '../plan/attention-mask.ts';
import { planLength, stepCount, stepOfEach, stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { SequenceModel } from '../sequence-model.ts';

/** What changing single tokens does to hidden states. */
export interface Causality {
  /** Largest change at positions that may not depend on the token. */
  readonly leak: number;
  /** Smallest, over the tokens that some position may depend on, of the largest change there: 0 is a dead input. */
  readonly effect: number;
}

/**
 * Changes the first token of each step in turn and looks at the hidden states of the whole masked pass. A step's
 * inputs read the tokens of earlier steps, and its positions see what the plan's visibility lets them, layer upon
 * layer; nothing else may change.
 *
 * @param tokens  `[items · N · tokenSize]`; only the first item's are changed.
 * @param condition  `[items, …]`; borrowed.
 */
export async function causality(
  model: SequenceModel,
  tokens: TokenValues,
  condition: Tensor,
): Promise<Causality> {
  const { plan } = model;
  const items = condition.shape[0];
  const reach = dependsOn(plan);
  const steps = stepOfEach(plan);
  const before = await hiddenOf(model, tokens, { items, condition });
  const width = before.length / items / planLength(plan);
  let [leak, effect] = [0, Infinity];
  for (let step = 0; step < stepCount(plan); step++) {
    const changed = withOtherToken(model, tokens, stepRange(plan, step).start);
    const after = await hiddenOf(model, changed, { items, condition });
    let [inside, isReachable] = [0, false];
    for (let row = 0; row < before.length / width; row++) {
      const mayChange = row < planLength(plan) && reach[steps[row]].has(step);
      const change = largestChange(before, after, [row * width, (row + 1) * width]);
      if (mayChange) [inside, isReachable] = [Math.max(inside, change), true];
      else leak = Math.max(leak, change);
    }
    if (isReachable) effect = Math.min(effect, inside);
  }
  return { leak, effect };
}

/** For each step, the steps whose tokens its hidden states may depend on. */
function dependsOn(plan: Plan): Set<number>[] {
  const count = stepCount(plan);
  const mask = visibleMask(plan);
  const length = planLength(plan);
  const steps = stepOfEach(plan);
  const sees = Array.from({ length: count }, (_, step) => new Set([step]));
  mask.forEach((isVisible, index) => {
    const [query, key] = [Math.floor(index / length), index % length];
    if (isVisible === 1) sees[steps[query]].add(steps[key]);
  });
  // What a step sees has itself seen more, in the layers below.
  for (let round = 0; round < count; round++) {
    for (const seen of sees) for (const step of seen) for (const more of sees[step]) seen.add(more);
  }
  return sees.map((seen) => {
    const last = Math.max(...seen);
    return new Set(Array.from({ length: last }, (_, step) => step));
  });
}

async function hiddenOf(
  model: SequenceModel,
  tokens: TokenValues,
  { items, condition }: { readonly items: number; readonly condition: Tensor },
): Promise<Float32Array> {
  const hidden = tidy(() => model.forward(tokensTensor(model, tokens, items), condition));
  try {
    return await hidden.data<'float32'>();
  } finally {
    hidden.dispose();
  }
}

function withOtherToken(model: SequenceModel, tokens: TokenValues, position: number): TokenValues {
  const changed = tokens.slice();
  const { vocabularySize, tokenSize } = model;
  if (vocabularySize !== undefined) {
    changed[position] = (tokens[position] + 1) % vocabularySize;
    return changed;
  }
  for (let channel = 0; channel < tokenSize; channel++)
    changed[position * tokenSize + channel] += 1;
  return changed;
}

function largestChange(
  before: Float32Array,
  after: Float32Array,
  [from, to]: readonly [number, number],
): number {
  let largest = 0;
  for (let i = from; i < to; i++) {
    const change = Math.abs(before[i] - after[i]);
    largest = Number.isNaN(change) ? Infinity : Math.max(largest, change);
  }
  return largest;
}
