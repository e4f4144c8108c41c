import { persistentLanes } from './persistent-shape.ts';
import type { Persistence } from './persistent-shape.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { foursOfTask } from './weights.wgsl.ts';

/** A product as the workgroups of one dispatch share it. */
export interface SharedProduct {
  readonly name: 'qkv' | 'output' | 'up' | 'down' | 'head';
  readonly matrix: PlacedMatrix;
  /** Outputs of a workgroup. */
  readonly share: number;
  /** Tasks of an output, each of which is a load of a lane. */
  readonly tasks: number;
  /** Lanes of one output; as many outputs as there is room for stand beside each other. */
  readonly strand: number;
  /** Outputs of a lane, and its loads of each. */
  readonly turns: number;
  readonly loads: number;
}

/**
 * The division of a product that leaves the fewest loads to a lane.
 *
 * @param unit  Outputs that stay in one workgroup.
 */
export function shareProduct(
  name: SharedProduct['name'],
  matrix: PlacedMatrix,
  { unit, workgroups, subgroup }: Persistence & { readonly unit: number },
): SharedProduct {
  const share = Math.ceil(matrix.outputs / unit / workgroups) * unit;
  const tasks = matrix.inner / 4 / foursOfTask[matrix.format];
  const choices = Array.from({ length: Math.log2(persistentLanes) + 1 }, (_, power) => 2 ** power)
    .filter((strand) => strand >= subgroup)
    .map((strand) => ({
      name,
      matrix,
      share,
      tasks,
      strand,
      turns: Math.ceil(share / (persistentLanes / strand)),
      loads: Math.ceil(tasks / strand),
    }));
  const cost = ({ turns, loads }: SharedProduct): number => turns * loads;
  // Of equal ones the longest strands: each value that a lane reads then meets more outputs.
  return choices.reduce((a, b) => (cost(b) <= cost(a) ? b : a));
}
