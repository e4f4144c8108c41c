import { markdownTable } from '../pages/markdown-table.ts';
import type { FinishedRun } from './forecast-run.ts';
import { summarize } from './seed-summary.ts';

/** An error on ETTh1 that a system's mean over seeds must not exceed. */
interface Bar {
  readonly system: string;
  readonly lookBack: number;
  readonly horizon: 96 | 'average';
  readonly most: number;
  readonly why: string;
}

const bars: readonly Bar[] = [
  {
    system: 'iTransformer',
    lookBack: 96,
    horizon: 96,
    most: 0.392,
    why: 'the official code gives 0.387',
  },
  { system: 'DLinear', lookBack: 96, horizon: 96, most: 0.39, why: 'published 0.386' },
  { system: 'AutoTimes', lookBack: 672, horizon: 96, most: 0.368, why: 'least squares: 0.370' },
  {
    system: 'AutoTimes',
    lookBack: 672,
    horizon: 'average',
    most: 0.408,
    why: 'least squares: 0.409',
  },
];

/** What each bar asks and what was measured. */
export function renderBars(runs: readonly FinishedRun[]): string {
  const rows = bars.map(({ system, lookBack, horizon, most, why }) => {
    const own = runs.filter(
      (run) => run.set === 'ETTh1' && run.system === system && run.lookBack === lookBack,
    );
    const { average, horizons } = summarize(own, 'mse');
    const measured = horizon === 'average' ? average : horizons.get(horizon);
    const verdict = measured === undefined ? '-' : measured.mean <= most ? 'yes' : 'no';
    return [
      system,
      String(lookBack),
      String(horizon),
      `${most} (${why})`,
      measured?.mean.toFixed(4) ?? 'not measured',
      measured === undefined ? '-' : String(measured.count),
      verdict,
    ];
  });
  return markdownTable(
    ['system', 'look-back', 'horizon', 'at most', 'mean of seeds', 'seeds', 'kept'],
    rows,
  );
}
