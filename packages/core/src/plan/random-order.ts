import { permutation } from '../random/permutation.ts';
import type { Key } from '../random/threefry.ts';
import { coordinatesOf, gridCoordinates, gridSize, startsOf } from './grid.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './plan.ts';
import { revealCounts } from './reveal-schedule.ts';
import type { RevealSchedule } from './reveal-schedule.ts';

/** A masked order over a grid. */
export interface RandomOrderOptions {
  /** `[length]`, `[height, width]` or `[depth, height, width]`. */
  readonly sides: readonly number[];
  /** Steps, 1 to the number of positions. */
  readonly steps: number;
  /** How the share of masked positions falls. @defaultValue 'cosine' */
  readonly schedule?: RevealSchedule;
  /** Key of the order; nothing else is drawn from it. */
  readonly key: Key;
}

/**
 * Masked generation in a random order (Chang et al. 2022, MaskGIT; Li et al. 2024, MAR): each step reveals the next
 * positions of a random permutation, few at first. The network sees all positions at every step, masked ones
 * included.
 *
 * @throws {OptionError} (ARG) if a side is not a whole number of at least 1 or there are more steps than positions.
 */
export function randomOrder({ sides, steps, schedule = 'cosine', key }: RandomOrderOptions): Plan {
  const count = gridSize('randomOrder', sides);
  const positions = permutation(key, count);
  return makePlan({
    name: 'random-order',
    positions,
    stepStarts: startsOf(revealCounts({ count, steps, schedule })),
    coordinates: coordinatesOf(gridCoordinates(sides), sides.length, positions),
    rank: sides.length,
    visibility: { kind: 'full' },
  });
}
