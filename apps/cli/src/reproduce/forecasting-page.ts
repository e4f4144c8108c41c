import { renderBars } from './bars.ts';
import type { FinishedRun } from './forecast-run.ts';
import { forecastSystems } from './forecast-systems.ts';
import { renderLongHorizon } from './long-horizon-page.ts';
import { publishedErrors } from './published-errors.ts';

const sets = ['ETTh1', 'ETTh2'];

/** All that was measured, as the page has it. */
export function renderPage(runs: readonly FinishedRun[], parts: readonly string[]): string {
  const tables = sets.map((set) =>
    renderLongHorizon({ set, runs, systems: forecastSystems, published: publishedErrors }),
  );
  return ['## Bars', renderBars(runs), ...tables.filter((table) => table !== ''), ...parts].join(
    '\n\n',
  );
}
