import { OptionError } from '../errors.ts';

/** Longest sequence a grid may have: beyond it index arithmetic in 32-bit arrays is not safe. */
const MOST_POSITIONS = 2 ** 24;

/**
 * Number of positions of a grid, the product of its sides.
 *
 * @throws {OptionError} (ARG) unless there are 1 to 3 sides, each a whole number of at least 1, and at most
 *   2^24 positions.
 */
export function gridSize(where: string, sides: readonly number[]): number {
  const size = sides.reduce((product, side) => product * side, 1);
  const isWhole = sides.every((side) => Number.isInteger(side) && side > 0);
  if (sides.length < 1 || sides.length > 3 || !isWhole || size > MOST_POSITIONS) {
    throw new OptionError(
      `${where}: sides must be 1 to 3 whole numbers of at least 1 with a product of at most 2^24, ` +
        `got [${sides.join(', ')}]. Give [height, width] or [depth, height, width].`,
    );
  }
  return size;
}

/** Coordinates of a grid's cells in raster order, last axis fastest. `[N, rank]` */
export function gridCoordinates(sides: readonly number[]): Float32Array {
  const rank = sides.length;
  const size = sides.reduce((product, side) => product * side, 1);
  const coordinates = new Float32Array(size * rank);
  for (let cell = 0; cell < size; cell++) {
    let rest = cell;
    for (let axis = rank - 1; axis >= 0; axis--) {
      coordinates[cell * rank + axis] = rest % sides[axis];
      rest = Math.floor(rest / sides[axis]);
    }
  }
  return coordinates;
}

/** Raster ids of the cells of a grid grouped by a step number each, and the plan parts that follow from them. */
export interface GroupedCells {
  /** `[N]` */
  readonly positions: Int32Array;
  /** S + 1 offsets. */
  readonly stepStarts: readonly number[];
  /** `[N, rank]` */
  readonly coordinates: Float32Array;
}

/**
 * Orders the cells of a grid by the step that `stepOf` gives each, in raster order inside a step.
 *
 * @param stepOf step of the cell at a coordinate; steps 0..S-1 must all occur.
 */
export function groupCells(
  sides: readonly number[],
  stepOf: (coordinate: Float32Array) => number,
): GroupedCells {
  const rank = sides.length;
  const grid = gridCoordinates(sides);
  const cells: number[][] = [];
  for (let cell = 0; cell * rank < grid.length; cell++) {
    const step = stepOf(grid.subarray(cell * rank, (cell + 1) * rank));
    (cells[step] ??= []).push(cell);
  }
  const positions = Int32Array.from(cells.flat());
  const coordinates = coordinatesOf(grid, rank, positions);
  return { positions, stepStarts: startsOf(cells.map((ids) => ids.length)), coordinates };
}

/** Rows of raster-order coordinates, taken in the order of `positions`. `[N, rank]` */
export function coordinatesOf(
  grid: Float32Array,
  rank: number,
  positions: ArrayLike<number>,
): Float32Array {
  const coordinates = new Float32Array(positions.length * rank);
  for (let i = 0; i < positions.length; i++) {
    const at = positions[i] * rank;
    coordinates.set(grid.subarray(at, at + rank), i * rank);
  }
  return coordinates;
}

/** Offsets at which runs of the given lengths begin, and their sum at the end. */
export function startsOf(counts: readonly number[]): number[] {
  const starts = [0];
  for (const count of counts) starts.push(starts[starts.length - 1] + count);
  return starts;
}
