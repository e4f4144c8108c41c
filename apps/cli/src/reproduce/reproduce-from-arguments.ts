import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceError } from '@nextx/core';
import { dataFolder, writeFileAtomic } from '@nextx/core/node';
import { benchmark, ettSplit, type Benchmark } from '@nextx/timeseries';
import { readSeriesCsv } from '@nextx/timeseries/node';
import { perSetFolders } from '../forecaster-evaluation/measure-model-folders.ts';
import { listOption } from '../forecasting/series-arguments.ts';
import { insertSection } from '../pages/insert-section.ts';
import { startEngine } from '../start-engine.ts';
import type { Arguments } from '../terminal/command.ts';
import { Interrupted } from '../terminal/interrupted.ts';
import { isOn, numberOption, requiredText, textOption } from '../terminal/option-values.ts';
import { formatSeconds, progressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import { planRuns, runName, type FinishedRun, type PlannedRun } from './forecast-run.ts';
import { forecastSystems } from './forecast-systems.ts';
import { renderPage } from './forecasting-page.ts';
import { isPartDone, measurePart, partNames, readParts } from './parts.ts';
import { runForecast, type RunContext } from './run-forecast.ts';
import { openRunStore, type RunStore } from './run-store.ts';
import { horizonsOf, seedsOf, selectionOf, setsOf } from './selection.ts';

const marks = {
  begin: '<!-- reproduce: written by "nextx reproduce timeseries --page" -->',
  end: '<!-- /reproduce -->',
};

/** `nextx reproduce timeseries`, after its words are checked. */
export async function reproduceFromArguments(args: Arguments, world: World): Promise<void> {
  const isQuick = isOn(args, 'quick');
  const selected = selectionOf(listOption(args, 'only'), {
    systems: forecastSystems,
    parts: partNames,
  });
  const runs = planRuns({
    sets: setsOf(listOption(args, 'set')),
    systems: selected.systems,
    horizons: horizonsOf(listOption(args, 'horizons') ?? (isQuick ? ['96'] : undefined)),
    seeds: isQuick ? [1] : seedsOf(listOption(args, 'seeds')),
    isQuick,
  });
  const out = requiredText(args, 'out');
  const folder = isQuick ? join(out, 'quick') : out;
  const store = openRunStore(folder);
  const missing = await missingRuns(runs, store);
  const parts = selected.parts.filter((part) => !isPartDone(folder, part));
  if (missing.length + parts.length > 0) {
    const { name, version } = await startEngine(args, world);
    const threads = numberOption(args, 'threads', { least: 1, isWhole: true });
    const engine = `${name} ${version}${threads === undefined ? '' : `, threads: ${threads}`}`;
    const kept = { folder, data: textOption(args, 'data') ?? dataFolder(process.cwd()) };
    const perSet = perSetFolders({
      hourly: textOption(args, 'hourly'),
      weekly: textOption(args, 'weekly'),
    });
    await runAll(missing, { ...kept, store, engine, world });
    for (const part of parts) await measurePart(part, { ...kept, perSet, world });
  }
  const text = renderPage(await store.all(), await readParts(folder));
  const page = textOption(args, 'page');
  if (page !== undefined) {
    const changed = insertSection(await readFile(page, 'utf8'), marks, text);
    await writeFileAtomic(page, new TextEncoder().encode(changed));
  }
  world.out(isOn(args, 'json') ? jsonLines(await store.all()) : `${text}\n`);
}

async function missingRuns(runs: readonly PlannedRun[], store: RunStore): Promise<PlannedRun[]> {
  const missing: PlannedRun[] = [];
  for (const run of runs) if ((await store.find(run)) === undefined) missing.push(run);
  return missing;
}

interface Running {
  readonly folder: string;
  readonly store: RunStore;
  readonly data: string;
  readonly engine: string;
  readonly world: World;
}

/** @throws {Interrupted} when the user stops it; runs that were finished before are kept. */
async function runAll(
  runs: readonly PlannedRun[],
  { folder, store, data, engine, world }: Running,
): Promise<void> {
  const progress = progressLine(world);
  const open = benchmarkOpener(data);
  try {
    for (const [index, run] of runs.entries()) {
      const label = `${index + 1} of ${runs.length}: ${runName(run)}`;
      const context: RunContext = {
        open,
        engine,
        signal: world.signal,
        onStep: ({ step, steps, loss }) =>
          progress.report({ label, done: step, total: steps, note: `loss ${loss.toFixed(4)}` }),
      };
      const finished = await runForecast(run, context);
      await store.save(run, finished);
      progress.print(`${runName(run)}: ${describe(finished)}`);
    }
  } catch (error) {
    if (!world.signal.aborted) throw error;
    throw new Interrupted(
      `stopped; finished runs are kept in ${folder}, and the same command does the rest`,
    );
  } finally {
    progress.end();
  }
}

function describe({ errors, training, seconds }: FinishedRun): string {
  const figures = errors.map(({ horizon, mse, mae }) => {
    return `${horizon}: ${mse.toFixed(4)} / ${mae.toFixed(4)}`;
  });
  const epoch = training === undefined ? [] : [`epoch ${training.epoch}`];
  return [...figures, ...epoch, formatSeconds(seconds.training + seconds.test)].join(', ');
}

/** Reads each set once. */
function benchmarkOpener(data: string): (set: string) => Promise<Benchmark> {
  const opened = new Map<string, Benchmark>();
  return async (set) => {
    const known = opened.get(set);
    if (known !== undefined) return known;
    const file = join(data, 'ett', `${set}.csv`);
    if (!existsSync(file)) {
      throw new ResourceError(
        `reproduce: ${file} must be there, it is not. Get it from the ETDataset and name its folder's parent with --data.`,
        'NOT_FOUND',
      );
    }
    const read = benchmark(await readSeriesCsv(file), ettSplit());
    opened.set(set, read);
    return read;
  };
}

function jsonLines(runs: readonly FinishedRun[]): string {
  return runs.map((run) => `${JSON.stringify({ event: 'run', ...run })}\n`).join('');
}
