import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@nextx/core/node';
import { measureModelFolders } from '../forecaster-evaluation/measure-model-folders.ts';
import type { MeasuredFolders } from '../forecaster-evaluation/measure-model-folders.ts';
import { renderForecasterEvaluation } from '../forecaster-evaluation/render-forecaster-evaluation.ts';
import { findForecastModel } from '../forecasting/open-forecast-model.ts';
import { formatSeconds } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import { arCosts, renderArCosts } from './ar-cost.ts';
import { arRecoveries, renderArRecoveries } from './ar-recovery.ts';
import { renderStreamCosts, streamCosts } from './stream-cost.ts';

/** Parts of the page that are no rows of the long-horizon tables, as `--only` has them. */
export const partNames = ['AR-Net', 'streaming', 'any-series'] as const;

/** One of them. */
export type PartName = (typeof partNames)[number];

/** What a part needs of its caller. */
export interface PartContext {
  /** Finished parts are kept here, each as the Markdown that the page takes. */
  readonly folder: string;
  /** Folder of the data sets. */
  readonly data: string;
  /** Models that were trained on one set of M4 alone. */
  readonly perSet: MeasuredFolders['perSet'];
  readonly world: Pick<World, 'err' | 'signal'>;
}

/** Each gives its section of the page. */
const parts: Readonly<Record<PartName, (context: PartContext) => Promise<string>>> = {
  'AR-Net': arNetSection,
  streaming: streamingSection,
  'any-series': anySeriesSection,
};

/** Whether a part was measured before. */
export function isPartDone(folder: string, part: PartName): boolean {
  return existsSync(fileOf(folder, part));
}

/** Measures a part and keeps it. */
export async function measurePart(part: PartName, context: PartContext): Promise<void> {
  const { folder, world } = context;
  const started = performance.now();
  world.err(`${part} is measured\n`);
  const section = await parts[part](context);
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(fileOf(folder, part), new TextEncoder().encode(`${section}\n`));
  world.err(`${part}: ${formatSeconds((performance.now() - started) / 1000)}\n`);
}

/** All parts that were measured, in the order of the page. */
export async function readParts(folder: string): Promise<string[]> {
  const done = partNames.filter((part) => isPartDone(folder, part));
  const texts = await Promise.all(done.map((part) => readFile(fileOf(folder, part), 'utf8')));
  return texts.map((text) => text.trimEnd());
}

function fileOf(folder: string, part: PartName): string {
  return join(folder, `${part}.part.md`);
}

async function arNetSection({ world: { signal } }: PartContext): Promise<string> {
  const recoveries = await arRecoveries({ signal });
  const costs = await arCosts();
  return [
    '## AR-Net',
    '',
    'Simulated autoregressions of 60,000 values, fitted by gradient descent without a penalty (3,000 updates of all values) and by',
    'least squares in closed form: the largest errors of a coefficient. The bar is 0.02.',
    '',
    renderArRecoveries(recoveries),
    '',
    'Time to fit a series of 20,000 values, 20 updates against the closed form, by the number of lags:',
    '',
    renderArCosts(costs),
  ].join('\n');
}

async function streamingSection({ world: { signal } }: PartContext): Promise<string> {
  return [
    '## Streaming',
    '',
    'The segment autoregression takes one observation at a time through its cache of 49 segments of 96 values. What the next',
    'observation costs, a 96th of reading a segment, does not depend on how many came before.',
    '',
    renderStreamCosts(await streamCosts({ signal })),
  ].join('\n');
}

async function anySeriesSection({ data, perSet, world }: PartContext): Promise<string> {
  const folder = await findForecastModel('any-series');
  const evaluation = await measureModelFolders(data, {
    folder,
    perSet,
    signal: world.signal,
    onPart: (part) => world.err(`any-series is measured on ${part}\n`),
  });
  return [
    '## The shipped model',
    '',
    'One model for any series, trained on none of the series of the first three tables, and on the training values of M4 alone: its',
    'README says on what. Bars: MASE and CRPS below those of seasonal naive and of AR on bike_sharing and beijing_pm25; an OWA',
    'below 0.60 on M4 Hourly and below 0.96 on M4 Weekly.',
    '',
    renderForecasterEvaluation(evaluation).trimEnd(),
  ].join('\n');
}
