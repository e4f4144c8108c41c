import type { FinishedRun } from './forecast-run.ts';
import { tableHorizons } from './forecast-systems.ts';

/** A figure over seeds. */
export interface Spread {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** A system's errors over its seeds. */
export interface Summary {
  /** Seeds of the horizon that has fewest; absent of closed forms. */
  readonly seeds?: number;
  readonly horizons: ReadonlyMap<number, Spread>;
  /** Of the mean of all four horizons; only of seeds that have all of them. */
  readonly average?: Spread;
}

/** @param runs  Of one system at one look-back on one set. */
export function summarize(runs: readonly FinishedRun[], metric: 'mse' | 'mae'): Summary {
  const bySeed = new Map<number, Map<number, number>>();
  for (const { seed, errors } of runs) {
    const known = bySeed.get(seed) ?? new Map<number, number>();
    for (const error of errors) known.set(error.horizon, error[metric]);
    bySeed.set(seed, known);
  }
  const seeds = [...bySeed.values()];
  const horizons = new Map<number, Spread>();
  for (const horizon of tableHorizons) {
    const values = seeds.flatMap((known) => known.get(horizon) ?? []);
    if (values.length > 0) horizons.set(horizon, spread(values));
  }
  const averages = seeds
    .filter((known) => tableHorizons.every((horizon) => known.has(horizon)))
    .map((known) =>
      tableHorizons.reduce((sum, at) => sum + (known.get(at) ?? NaN) / tableHorizons.length, 0),
    );
  const isTrained = runs.some(({ training }) => training !== undefined);
  const fewest = Math.min(...[...horizons.values()].map(({ count }) => count));
  return {
    ...(isTrained && { seeds: fewest }),
    horizons,
    ...(averages.length > 0 && { average: spread(averages) }),
  };
}

function spread(values: readonly number[]): Spread {
  return {
    mean: values.reduce((sum, value) => sum + value / values.length, 0),
    least: Math.min(...values),
    most: Math.max(...values),
    count: values.length,
  };
}

/** `0.3589 ± 0.0001`: the mean, and half of what lies between the least and the most. */
export function spreadOf(value: Spread | undefined): string {
  if (value === undefined) return '-';
  const { mean, least, most, count } = value;
  return count === 1 ? mean.toFixed(4) : `${mean.toFixed(4)} ± ${((most - least) / 2).toFixed(4)}`;
}
