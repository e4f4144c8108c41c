import { OptionError } from '@nextx/core';

/** How evenly a tokenizer uses its codebook. */
export interface CodeUsage {
  /** Share of entries that occur at all, 0 to 1. */
  readonly used: number;
  /** `exp(entropy)` of the histogram: the number of entries if all were used equally, less otherwise. */
  readonly perplexity: number;
}

/**
 * Code usage over all tokens of a test split.
 *
 * @param ids  Token ids, 0 to `codes - 1`.
 * @param codes  Entries of the codebook.
 * @throws {OptionError} RANGE for an id outside the codebook; ARG without ids.
 */
export function codeUsage(ids: ArrayLike<number>, codes: number): CodeUsage {
  if (ids.length === 0) throw new OptionError('codeUsage: needs at least one token, got none.');
  const counts = new Float64Array(codes);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (!(Number.isInteger(id) && id >= 0 && id < codes)) {
      throw new OptionError(
        `codeUsage: ids must be whole and below ${codes}, token ${i} is ${id}. Pass the tokenizer's own codebook size.`,
        'RANGE',
      );
    }
    counts[id]++;
  }
  let entropy = 0;
  let used = 0;
  for (const count of counts) {
    if (count === 0) continue;
    used++;
    entropy -= (count / ids.length) * Math.log(count / ids.length);
  }
  return { used: used / codes, perplexity: Math.exp(entropy) };
}
