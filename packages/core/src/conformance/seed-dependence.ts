import type { TokenValues } from '../heads/head.ts';
import { disposeParams } from '../params.ts';
import { decodeTokens } from './decode-tokens.ts';
import { savedAndLoaded } from './saved-and-loaded.ts';
import type { RecipeInstance } from './recipe-instance.ts';

/**
 * How far values of latents may lie apart where products of other numbers of rows round otherwise: that of hidden
 * states, which drive them.
 */
export const roundingOfLatents = 1e-4;

/**
 * Number of values of tokens that differ from those of the same item and seed, decoded in a batch of three; `alone` and
 * `otherOrder` count latents that differ by more than rounding.
 */
export interface SeedDependence {
  readonly again: number;
  readonly alone: number;
  readonly otherOrder: number;
  readonly afterLoading: number;
  /** Tokens that differ between the items: none means that seeds and conditions do nothing. */
  readonly betweenItems: number;
}

/** Decodes the same items in several surroundings, and with weights that went through a safetensors file. */
export async function seedDependence(instance: RecipeInstance): Promise<SeedDependence> {
  const [first, second, third] = await decodeTokens(instance, [0, 1, 2]);
  const again = await decodeTokens(instance, [0, 1, 2]);
  const alone = [0, 1, 2].map((item) => decodeTokens(instance, [item]));
  const [otherThird, otherFirst] = await decodeTokens(instance, [2, 0]);
  const loaded = await savedAndLoaded(instance.model.params);
  try {
    const afterLoading = await decodeTokens(instance, [0, 1, 2], {
      model: instance.rebind(loaded),
    });
    return {
      again: differing([first, second, third], again),
      alone: differing(
        [first, second, third],
        (await Promise.all(alone)).flat(),
        roundingOfLatents,
      ),
      otherOrder: differing([third, first], [otherThird, otherFirst], roundingOfLatents),
      afterLoading: differing([first, second, third], afterLoading),
      betweenItems: differing([first, second], [second, third], roundingOfLatents),
    };
  } finally {
    disposeParams(loaded);
  }
}

/** Number of values in which two decodings of the same items differ, latents by more than `rounding`. */
export function differing(
  a: readonly TokenValues[],
  b: readonly TokenValues[],
  rounding = 0,
): number {
  let count = 0;
  a.forEach((tokens, item) => {
    tokens.forEach((token, position) => {
      const difference = Math.abs(token - (b[item]?.[position] ?? NaN));
      if (!(difference <= rounding)) count += 1;
    });
  });
  return count;
}
