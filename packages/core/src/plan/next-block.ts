import { OptionError } from '../errors.ts';
import { gridSize, groupCells } from './grid.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './plan.ts';

/** A grid and the blocks it is cut into. */
export interface NextBlockOptions {
  /** `[length]`, `[height, width]` or `[depth, height, width]`. */
  readonly sides: readonly number[];
  /** Sides of a block, one per axis; each divides its side of the grid. */
  readonly block: readonly number[];
}

/**
 * Next-block prediction: all positions of a block in one step, blocks in raster order (Ren et al. 2025, Beyond
 * Next-Token: Next-X Prediction, cells; Ren et al. 2025, Next Block Prediction, rows and frames).
 * A position is the raster id of its cell.
 *
 * @throws {OptionError} (ARG) if a side or block is not a whole number of at least 1, or a block does not divide
 *   its side.
 */
export function nextBlock({ sides, block }: NextBlockOptions): Plan {
  gridSize('nextBlock', sides);
  gridSize('nextBlock', block);
  if (block.length !== sides.length || sides.some((side, axis) => side % block[axis] !== 0)) {
    throw new OptionError(
      `nextBlock: each side of the grid must be a multiple of the block's, got sides [${sides.join(', ')}] ` +
        `and block [${block.join(', ')}]. Pad the grid or choose another block.`,
    );
  }
  const stepOf = (coordinate: Float32Array): number =>
    sides.reduce(
      (step, side, axis) =>
        step * (side / block[axis]) + Math.floor(coordinate[axis] / block[axis]),
      0,
    );
  return makePlan({
    name: 'next-block',
    ...groupCells(sides, stepOf),
    rank: sides.length,
    visibility: { kind: 'causal' },
  });
}
