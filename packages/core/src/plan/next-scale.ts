import { OptionError } from '../errors.ts';
import { gridCoordinates, gridSize, startsOf } from './grid.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './plan.ts';

/**
 * Next-scale prediction (Tian et al. 2024, Visual Autoregressive Modeling, section 3.1): one square token map a
 * step, coarse to fine. A position is an index in the concatenated maps; its coordinate is (row, column) inside
 * its own map.
 *
 * @param sides side of each map, rising.
 * @throws {OptionError} (ARG) unless there is a side and the sides are rising whole numbers of at least 1.
 */
export function nextScale(sides: readonly number[]): Plan {
  const rises = sides.every((side, i) => i === 0 || side > sides[i - 1]);
  if (sides.length === 0 || !rises) {
    throw new OptionError(
      `nextScale: sides must be one or more rising whole numbers, got [${sides.join(', ')}]. ` +
        `List the maps from coarse to fine.`,
    );
  }
  const counts = sides.map((side) => gridSize('nextScale', [side, side]));
  const stepStarts = startsOf(counts);
  const count = stepStarts[sides.length];
  const coordinates = new Float32Array(2 * count);
  for (const [scale, side] of sides.entries()) {
    coordinates.set(gridCoordinates([side, side]), 2 * stepStarts[scale]);
  }
  return makePlan({
    name: 'next-scale',
    positions: Int32Array.from({ length: count }, (_, i) => i),
    stepStarts,
    coordinates,
    rank: 2,
    visibility: { kind: 'causal' },
  });
}
