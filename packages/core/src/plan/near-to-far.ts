import { gridSize, groupCells } from './grid.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './plan.ts';

/**
 * Neighbor-by-neighbor order (He et al. 2025, Neighboring Autoregressive Modeling): the step of a cell is the sum
 * of its coordinates, its distance from the first corner. A position is the raster id of its cell, so cache
 * slots are filled out of order.
 *
 * @param options  `sides`: `[height, width]` or `[depth, height, width]`.
 * @throws {OptionError} (ARG) if a side is not a whole number of at least 1.
 */
export function nearToFar({ sides }: { readonly sides: readonly number[] }): Plan {
  gridSize('nearToFar', sides);
  return makePlan({
    name: 'near-to-far',
    ...groupCells(sides, (coordinate) => coordinate.reduce((sum, x) => sum + x, 0)),
    rank: sides.length,
    visibility: { kind: 'causal' },
  });
}
