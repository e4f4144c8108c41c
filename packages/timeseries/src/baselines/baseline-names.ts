import { autoRegression } from './auto-regression.ts';
import type { Baseline } from './baseline.ts';
import { naive, seasonalNaive } from './naive.ts';
import { naive2 } from './naive2.ts';

/** Lags of the autoregression of series without a season. */
const plainOrder = 4;

/** Baselines by name, each for a season of so many steps; `ar` has one lag more than a season. */
export const baselines: Readonly<Record<string, (season: number) => Baseline>> = {
  naive: () => naive,
  'seasonal-naive': seasonalNaive,
  naive2,
  ar: (season) => autoRegression(season > 1 ? season + 1 : plainOrder),
};
