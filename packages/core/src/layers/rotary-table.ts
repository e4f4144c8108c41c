import { OptionError, ShapeError } from '../errors.ts';

/** What a rotary table is made for. */
export interface RotaryTableOptions {
  /** Coordinates, row-major; real numbers are allowed. `[N, rank]` */
  readonly coordinates: ArrayLike<number>;
  /** Axes of a coordinate. */
  readonly rank: number;
  /** Dimensions of a head, D; each axis gets D / rank of them, an even number. */
  readonly headSize: number;
  /** Base of the wavelengths. @defaultValue 10000 */
  readonly theta?: number;
}

/**
 * Cosines and sines of rotary position embedding (Su et al. 2021, RoFormer), in 1, 2, 3 or more dimensions: the
 * axes' parts lie one after another, and pair i of an axis with d dimensions turns by coordinate x theta^(-2i/d).
 * Computed in float64.
 *
 * @returns cos and sin, `[N, D / 2]` each.
 * @throws {OptionError} (ARG) if D is not a positive multiple of 2 x rank, or theta is not positive.
 * @throws {ShapeError} if the coordinates are not a whole number of rows.
 */
export function rotaryTable({ coordinates, rank, headSize, theta = 10000 }: RotaryTableOptions): {
  cos: Float32Array;
  sin: Float32Array;
} {
  if (!Number.isInteger(rank) || rank < 1 || !isPositiveMultiple(headSize, 2 * rank)) {
    throw new OptionError(
      `rotaryTable: headSize must be a positive multiple of ${2 * rank}, an even part for each of ${rank} axes, ` +
        `got ${headSize}. Choose another head size.`,
    );
  }
  if (!(theta > 0 && theta < Infinity)) {
    throw new OptionError(`rotaryTable: theta must be positive, got ${theta}. Use 10000.`);
  }
  if (coordinates.length % rank !== 0) {
    throw new ShapeError(
      `rotaryTable: coordinates must have rows of ${rank} numbers, got ${coordinates.length} numbers. ` +
        `Check the rank.`,
    );
  }
  const pairs = headSize / 2 / rank;
  const cos = new Float32Array(coordinates.length * pairs);
  const sin = new Float32Array(coordinates.length * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const frequency = theta ** (-pair / pairs);
    for (let i = 0; i < coordinates.length; i++) {
      const angleRadians = coordinates[i] * frequency;
      // Coordinate i is axis i mod rank of row i div rank, so its part begins at i x pairs.
      cos[i * pairs + pair] = Math.cos(angleRadians);
      sin[i * pairs + pair] = Math.sin(angleRadians);
    }
  }
  return { cos, sin };
}

/**
 * Order of a head's rows that turns query and key weights made for half-split pairs (i, i + D/2), as LLaMA-type
 * checkpoints have them, into ones for neighboring pairs (2i, 2i + 1): row r of the new is row `order[r]` of the old.
 *
 * @returns `[D]`
 * @throws {OptionError} (ARG) if D is not a positive even number.
 */
export function halfSplitToInterleaved(headSize: number): Int32Array {
  if (!isPositiveMultiple(headSize, 2)) {
    throw new OptionError(
      `halfSplitToInterleaved: headSize must be a positive even number, got ${headSize}. Choose another.`,
    );
  }
  return Int32Array.from({ length: headSize }, (_, row) =>
    row % 2 === 0 ? row / 2 : (row - 1 + headSize) / 2,
  );
}

function isPositiveMultiple(value: number, of: number): boolean {
  return Number.isInteger(value) && value > 0 && value % of === 0;
}
