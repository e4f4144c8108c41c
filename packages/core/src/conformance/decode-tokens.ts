import { gather, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { decode } from '../decode/decode.ts';
import type { Executor } from '../decode/executor.ts';
import type { TokenValues } from '../heads/head.ts';
import { planLength } from '../plan/plan.ts';
import type { SequenceModel } from '../sequence-model.ts';
import type { RecipeInstance } from './recipe-instance.ts';

/** Guidance scale of the kit's decodings. */
const guidanceScale = 2;

/** Largest number of items that the kit decodes together. */
const decodedItems = 3;

/**
 * Tokens of some items, each decoded with guidance under its own condition and seed.
 *
 * @param items  Numbers below `decodedItems`; item i has seed 100 + i.
 * @param how  Another model than the instance's own, and what runs it.
 * @returns One array an item.
 */
export async function decodeTokens(
  instance: RecipeInstance,
  items: readonly number[],
  {
    model = instance.model,
    executor,
  }: { readonly model?: SequenceModel; readonly executor?: Executor } = {},
): Promise<TokenValues[]> {
  const condition = conditionOf(instance, items);
  let tokens: TokenValues = new Int32Array(0);
  try {
    for await (const step of decode(model, {
      seeds: items.map((item) => 100n + BigInt(item)),
      condition,
      guidanceScaleAt: () => guidanceScale,
      ...(executor && { executor }),
    })) {
      tokens = step.tokens;
    }
  } finally {
    condition.dispose();
  }
  const size = planLength(model.plan) * model.tokenSize;
  return items.map((_, index) => tokens.slice(index * size, (index + 1) * size));
}

/** Rows of the items, then their rows without condition; owned by the caller. */
export function conditionOf(instance: RecipeInstance, items: readonly number[]): Tensor {
  return tidy(() => {
    const all = instance.condition(decodedItems, true);
    const rows = [...items, ...items.map((item) => item + decodedItems)];
    return gather(all, tensor1d(rows, 'int32'));
  });
}
