import type { PersistentShape } from './persistent-shape.ts';

/** What workgroups of one dispatch hand each other: a count of senders each. */
export const exchanged = ['heads', 'mixed', 'streamIn', 'hidden', 'streamOut'] as const;

/** One of them. */
export type Exchanged = (typeof exchanged)[number];

/** Where it lies, in values from the start of the exchange. */
export interface ExchangePlaces extends Readonly<Record<Exchanged, number>> {
  /** (maximum, sum of weights) of each part of attention, `[R, splits, H, 2]`. */
  readonly statistics: number;
  /** Values of the whole. */
  readonly length: number;
}

/**
 * Lays out the exchange: queries, keys and values `[R, (H + 2 G) D]`, sums of values of each part of attention
 * `[R, splits, H D]`, the residual stream behind attention and behind the block `[R, C]`, hidden rows `[R, F]`.
 */
export function exchangePlaces(shape: PersistentShape, splits: number): ExchangePlaces {
  const { rows, width, hidden, heads, groups, headSize } = shape;
  // In the order in which they are written here.
  let length = 0;
  const next = (count: number): number => {
    length += count;
    return length - count;
  };
  return {
    heads: next(rows * (heads + 2 * groups) * headSize),
    mixed: next(rows * splits * heads * headSize),
    statistics: next(rows * splits * heads * 2),
    streamIn: next(rows * width),
    streamOut: next(rows * width),
    hidden: next(rows * hidden),
    length,
  };
}

/** Words of a line of memory: what many workgroups look at at once has one of its own. */
export const lineWords = 32;
/** Words in front of the exchange: where workgroups meet, then counts of senders and where they started. */
export const meetingWords: number = (1 + 2 * exchanged.length) * lineWords;

/** Words of the exchange: two a value. */
export function exchangeWords({ length }: ExchangePlaces): number {
  return meetingWords + 2 * length;
}
