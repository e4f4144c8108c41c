import { OptionError } from '../errors.ts';

/** Which coordinate gets the lowest bit of each group, which the next, ...: a permutation of the axes. */
export interface MortonOptions {
  /** `[0, 1, 2]` puts axis 0 lowest; some octree codes have x highest, `[2, 1, 0]`. @defaultValue axis 0 lowest */
  readonly axes?: readonly number[];
}

/**
 * Morton (z-order) code of a cell: bit i of the a-th axis of `axes` goes to bit i * rank + a.
 * A cell's parent is `code >>> rank`; the children of p are `p * 2^rank` and the next 2^rank - 1.
 *
 * @param cell whole coordinates; at most 16 bits each in two dimensions, 10 in three.
 * @returns unsigned, below 2^32.
 * @throws {OptionError} (RANGE) if a coordinate is out of that range; (ARG) for other ranks or a wrong `axes`.
 */
export function mortonEncode(cell: ArrayLike<number>, options: MortonOptions = {}): number {
  const rank = cell.length;
  const axes = checkedAxes(rank, options);
  const bits = bitsPerAxis(rank);
  let code = 0;
  for (const [place, axis] of axes.entries()) {
    const coordinate = cell[axis];
    if (!Number.isInteger(coordinate) || coordinate < 0 || coordinate >= 2 ** bits) {
      throw new OptionError(
        `mortonEncode: a coordinate must be a whole number from 0 to ${2 ** bits - 1}, got ${coordinate}. ` +
          `Use a shallower grid.`,
        'RANGE',
      );
    }
    for (let bit = 0; bit < bits; bit++) {
      code |= ((coordinate >>> bit) & 1) << (bit * rank + place);
    }
  }
  return code >>> 0;
}

/**
 * Cell of a Morton code: the inverse of {@link mortonEncode}.
 *
 * @returns `[rank]`
 * @throws {OptionError} (RANGE) if the code is not a whole number that `rank` axes can have.
 */
export function mortonDecode(code: number, rank: number, options: MortonOptions = {}): number[] {
  const axes = checkedAxes(rank, options);
  const bits = bitsPerAxis(rank);
  if (!Number.isInteger(code) || code < 0 || code >= 2 ** (bits * rank)) {
    throw new OptionError(
      `mortonDecode: code must be a whole number from 0 to 2^${bits * rank} - 1, got ${code}. Check the rank.`,
      'RANGE',
    );
  }
  const cell = Array.from({ length: rank }, () => 0);
  for (const [place, axis] of axes.entries()) {
    for (let bit = 0; bit < bits; bit++) {
      cell[axis] |= ((code >>> (bit * rank + place)) & 1) << bit;
    }
  }
  return cell;
}

/** Bits a coordinate may have so that the code fits 32 bits: 16 in two dimensions, 10 in three. */
function bitsPerAxis(rank: number): number {
  return Math.floor(32 / rank);
}

function checkedAxes(rank: number, { axes }: MortonOptions): readonly number[] {
  const order = axes ?? Array.from({ length: rank }, (_, axis) => axis);
  const isPermutation = [...order].sort((a, b) => a - b).every((axis, i) => axis === i);
  if ((rank !== 2 && rank !== 3) || order.length !== rank || !isPermutation) {
    throw new OptionError(
      `morton: axes must name each of 2 or 3 axes once, got ${rank} axes and the order [${order.join(', ')}]. ` +
        `Leave axes out for axis 0 lowest.`,
    );
  }
  return order;
}
