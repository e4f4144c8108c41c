import { gridCoordinates, gridSize } from './grid.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './plan.ts';

/**
 * Next-token prediction in raster order: one position a step, last axis fastest.
 *
 * @param options  `sides`: `[length]`, `[height, width]` or `[depth, height, width]`.
 * @throws {OptionError} (ARG) if a side is not a whole number of at least 1.
 */
export function raster({ sides }: { readonly sides: readonly number[] }): Plan {
  const count = gridSize('raster', sides);
  return makePlan({
    name: 'raster',
    positions: Int32Array.from({ length: count }, (_, i) => i),
    stepStarts: Array.from({ length: count + 1 }, (_, i) => i),
    coordinates: gridCoordinates(sides),
    rank: sides.length,
    visibility: { kind: 'causal' },
  });
}
