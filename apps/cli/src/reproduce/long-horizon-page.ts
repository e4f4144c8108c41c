import { markdownTable } from '../pages/markdown-table.ts';
import type { FinishedRun } from './forecast-run.ts';
import { tableHorizons, type ForecastSystem } from './forecast-systems.ts';
import type { PublishedErrors } from './published-errors.ts';
import { spreadOf, summarize, type Summary } from './seed-summary.ts';

/** What the tables of a set are made of. */
export interface LongHorizonPage {
  readonly set: string;
  readonly runs: readonly FinishedRun[];
  readonly systems: readonly ForecastSystem[];
  readonly published: readonly PublishedErrors[];
}

/** The tables of one set: squared errors beside the published ones, absolute errors, and how the networks were trained. */
export function renderLongHorizon({ set, runs, systems, published }: LongHorizonPage): string {
  const rows = systems.flatMap((system) => {
    const own = runs.filter(
      (run) => run.set === set && run.system === system.name && run.lookBack === system.lookBack,
    );
    return own.length === 0 ? [] : [{ system, runs: own }];
  });
  if (rows.length === 0) return '';
  return [
    `## ${set}`,
    '### Mean squared error',
    errorTable({ set, rows, published, metric: 'mse' }),
    '### Mean absolute error',
    errorTable({ set, rows, published, metric: 'mae' }),
    ...trainingSection(rows),
  ].join('\n\n');
}

interface Row {
  readonly system: ForecastSystem;
  readonly runs: readonly FinishedRun[];
}

interface ErrorTable extends Pick<LongHorizonPage, 'set' | 'published'> {
  readonly rows: readonly Row[];
  readonly metric: 'mse' | 'mae';
}

/** Rows of nextx, each system's followed by what is published of it; systems that nextx has no row of stand last. */
function errorTable({ set, rows, published, metric }: ErrorTable): string {
  const printed = published.filter((row) => row.set === set && row[metric] !== undefined);
  const cellsOf = (row: PublishedErrors) => publishedCells(row, row[metric] ?? []);
  const shown = new Set<string>();
  const body = rows.flatMap(({ system, runs }, index) => {
    const isLastOfName = rows[index + 1]?.system.name !== system.name;
    const own = [
      `**${system.label}**`,
      String(system.lookBack),
      ...summaryCells(summarize(runs, metric)),
      'nextx',
    ];
    if (!isLastOfName) return [own];
    shown.add(system.name);
    return [own, ...printed.filter((row) => row.system === system.name).map(cellsOf)];
  });
  const others = printed.filter((row) => !shown.has(row.system)).map(cellsOf);
  return markdownTable(
    ['system', 'look-back', 'seeds', ...tableHorizons.map(String), 'average', 'source'],
    [...body, ...others],
  );
}

function summaryCells({ seeds, horizons, average }: Summary): string[] {
  return [
    seeds === undefined ? '-' : String(seeds),
    ...tableHorizons.map((horizon) => spreadOf(horizons.get(horizon))),
    spreadOf(average),
  ];
}

function publishedCells(row: PublishedErrors, values: readonly (number | undefined)[]): string[] {
  const known = values.flatMap((value) => value ?? []);
  const average = known.reduce((sum, value) => sum + value / known.length, 0);
  const cell = (value: number | undefined) => value?.toFixed(3) ?? '-';
  return [
    row.label,
    row.lookBack,
    '-',
    ...values.map(cell),
    cell(known.length === values.length ? average : undefined),
    row.source,
  ];
}

/** None where all rows are closed forms. */
function trainingSection(rows: readonly Row[]): string[] {
  const body = rows.flatMap(({ system, runs }) =>
    tableHorizons.flatMap((horizon) => {
      const own = runs.filter(({ errors }) => errors[0].horizon === horizon);
      const trainings = own.flatMap(({ training }) => training ?? []);
      if (trainings.length === 0) return [];
      const seconds = own.map((run) => run.seconds.training);
      return [
        [
          system.label,
          String(system.lookBack),
          system.horizons === 'all' ? 'all' : String(horizon),
          trainings[0].parameters.toLocaleString('en'),
          trainings.map(({ epoch, epochs }) => `${epoch} of ${epochs.length}`).join(', '),
          seconds.map((value) => value.toFixed(0)).join(', '),
          own.map((run) => run.seconds.test.toFixed(0)).join(', '),
          [...new Set(own.map(({ engine }) => engine))].join('; '),
        ],
      ];
    }),
  );
  if (body.length === 0) return [];
  const table = markdownTable(
    [
      'system',
      'look-back',
      'horizon',
      'weights',
      'epoch chosen, of those made',
      'seconds of training and validation',
      'of the test',
      'engine',
    ],
    body,
  );
  return ['### Training', table];
}
