import { m4Sets } from '@nextx/timeseries';
import type { M4PublishedRow, M4Row, ZeroShotRow } from '@nextx/timeseries';
import type { ForecasterEvaluation, M4Name } from './measure-forecaster.ts';

/** The tables of an evaluation, Markdown. */
export function renderForecasterEvaluation({ model, zeroShot, m4 }: ForecasterEvaluation): string {
  return [
    ...zeroShot.flatMap(({ set, rows }) => [
      `### ${set}, which ${model} never saw`,
      '',
      ...zeroShotTable(rows),
      '',
    ]),
    ...m4.flatMap(({ set, rows }) => [`### M4 ${set}`, '', ...m4Table(set, rows), '']),
  ].join('\n');
}

function zeroShotTable(rows: readonly ZeroShotRow[]): string[] {
  return table(
    ['horizon', 'method', 'MASE', 'CRPS', 'MAE', 'in 80 %', 'in 95 %', 'forecasts'],
    rows.map(({ horizon, method, mase, crps, mae, coverage, forecasts }) => [
      String(horizon),
      method,
      figure(mase),
      figure(crps),
      figure(mae),
      ...(coverage ? coverage.map((share) => `${(100 * share).toFixed(1)} %`) : ['', '']),
      String(forecasts),
    ]),
  );
}

/** Measured rows among the published ones, by OWA. */
function m4Table(set: M4Name, rows: readonly M4Row[]): string[] {
  const { published } = m4Sets[set];
  const all: readonly (M4PublishedRow & { readonly origin: string })[] = [
    ...published.map((row) => ({ ...row, origin: 'published' })),
    ...rows.map((row) => ({ ...row, origin: 'measured' })),
  ].toSorted((a, b) => a.owa - b.owa);
  return table(
    ['method', 'sMAPE %', 'MASE', 'OWA', 'MSIS', '', 'rank among the published'],
    all.map(({ method, smape, mase, owa, msis, origin }) => [
      method,
      smape.toFixed(3),
      mase.toFixed(3),
      owa.toFixed(3),
      msis === undefined ? '' : msis.toFixed(3),
      origin,
      String(1 + published.filter((other) => other.owa < owa && other.method !== method).length),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
