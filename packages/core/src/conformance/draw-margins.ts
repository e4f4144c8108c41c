import { linear } from '../layers/linear.ts';
import { guidedRows } from '../heads/categorical-head.ts';
import type { AnyNetwork } from '../program/network.ts';
import { purposes, uniforms } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { filterLogits } from '../sampling/filters.ts';
import type { SequenceModel } from '../sequence-model.ts';

/**
 * The same model, which notes how far every draw of its decoding lies from the nearest border between two tokens; a model of latents has
 * no borders.
 *
 * @param margins  Receives one list an item, in generation order.
 */
export function withMargins(
  model: SequenceModel,
  { head }: Pick<AnyNetwork, 'head'>,
  margins: number[][],
): SequenceModel {
  if (head.kind !== 'categorical') return model;
  const { vocabularySize } = head;
  return {
    ...model,
    sample: async (hidden, context) => {
      const logits = linear(head.logits, hidden);
      const rows = guidedRows(await logits.data<'float32'>(), vocabularySize, context);
      logits.dispose();
      const perItem = rows.length / context.items;
      for (const [index, row] of rows.entries()) {
        const item = Math.floor(index / perItem);
        const key = foldIn(context.keyOf(item, index % perItem), purposes.token);
        const [u] = uniforms(key, 1);
        (margins[item] ??= []).push(marginOf(filterLogits(row, context.sampling), u));
      }
      return model.sample(hidden, context);
    },
  };
}

/** Distance of a draw from the nearest inner border of the cumulative distribution; 1 where there is none. */
function marginOf(probabilities: Float64Array, u: number): number {
  let [sum, nearest] = [0, 1];
  for (const probability of probabilities.subarray(0, -1)) {
    sum += probability;
    if (probability > 0 && sum < 1) nearest = Math.min(nearest, Math.abs(sum - u));
  }
  return nearest;
}
