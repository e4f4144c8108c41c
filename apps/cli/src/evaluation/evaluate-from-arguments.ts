import { mkdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { openModel, OptionError, parseGuidanceScale, parseSamplingOptions } from '@nextx/core';
import { folderFiles, writeFileAtomic } from '@nextx/core/node';
import { imageTokenizers, loadImageModel, loadImageTokenizer, loadJudge } from '@nextx/image';
import type { ImageModel, LoadedJudge } from '@nextx/image';
import type { ActiveEngine } from '../engines/engine.ts';
import { findModel, type ModelPlace } from '../generation/find-model.ts';
import { startEngine } from '../start-engine.ts';
import {
  executorName,
  readExecutor,
  startExecutor,
  type FusedExecutor,
} from '../start-executor.ts';
import type { Arguments } from '../terminal/command.ts';
import {
  isOn,
  numberOption,
  requiredText,
  seedOption,
  textOption,
} from '../terminal/option-values.ts';
import { formatSeconds, progressLine } from '../terminal/progress.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { World } from '../terminal/world.ts';
import { assertFits, openTrainingData, type TrainingData } from '../training/training-data.ts';
import {
  describeModel,
  measureModel,
  measureTokenizer,
  type EvaluateModelOptions,
} from './evaluate-model.ts';
import type { Evaluation } from './evaluation.ts';
import { renderEvaluation } from './render-evaluation.ts';

type Settings = Omit<EvaluateModelOptions, 'data' | 'judge' | 'executor' | 'signal' | 'progress'>;

/** `nextx evaluate`, after its words are checked. */
export async function evaluateFromArguments(args: Arguments, world: World): Promise<void> {
  const started = performance.now();
  const settings = readSettings(args);
  const wanted = readExecutor(args);
  const dataFolder = requiredText(args, 'data');
  const judgeFolder = textOption(args, 'judge');
  const place = await findModel(requiredText(args, 'model'));
  const isTokenizer = await isTokenizerFolder(place.folder);
  const engine = await startEngine(args, world);
  const size = numberOption(args, 'size', { least: 1, most: 32_768, isWhole: true });
  const judge = judgeFolder === undefined ? undefined : await loadJudge(folderFiles(judgeFolder));
  const progress = progressLine(world);
  try {
    const readData = (side: number) => openTrainingData(dataFolder, size ?? side, world);
    const batch = { items: settings.batch, isGuided: true };
    const start = (model: ImageModel) => startExecutor(model, wanted, { engine, world, batch });
    const common = { ...settings, signal: world.signal, progress, ...(judge && { judge }) };
    const measured = isTokenizer
      ? await ofTokenizer(place, common, readData)
      : await ofModel(place, common, { readData, start });
    progress.end();
    const { data, executor, ...figures } = measured;
    const evaluation: Evaluation = {
      date: new Date().toISOString().slice(0, 10),
      command: commandLine(args),
      machine: { ...machineFacts(engine), ...(executor !== undefined && { executor }) },
      data: dataFacts(data),
      ...figures,
    };
    const file = join(settings.folder, 'evaluation.json');
    await mkdir(settings.folder, { recursive: true });
    const text = `${JSON.stringify(evaluation, undefined, 2)}\n`;
    await writeFileAtomic(file, new TextEncoder().encode(text));
    world.err(`${file}, after ${formatSeconds((performance.now() - started) / 1000)}\n`);
    if (isOn(args, 'json')) {
      world.out(`${JSON.stringify({ event: 'done', file, ...evaluation })}\n`);
    } else {
      world.out(`${renderEvaluation(evaluation)}\n`);
    }
  } finally {
    progress.end();
    judge?.dispose();
  }
}

function readSettings(args: Arguments): Settings {
  const whole = { least: 0, most: 1_000_000, isWhole: true };
  const atLeastOne = { ...whole, least: 1 };
  const guidance = numberOption(args, 'guidance');
  const distanceGuidance = numberOption(args, 'distance-guidance');
  return {
    count: numberOption(args, 'count', whole) ?? 1000,
    distanceCount: numberOption(args, 'distance-count', whole) ?? 10_000,
    searchCount: numberOption(args, 'search-count', { ...whole, least: 2 }) ?? 2000,
    batch: numberOption(args, 'batch', { ...atLeastOne, most: 4096 }) ?? 200,
    seed: seedOption(args) ?? 0n,
    scales: scalesOption(args),
    ...(guidance !== undefined && { guidance: parseGuidanceScale(guidance) }),
    ...(distanceGuidance !== undefined && {
      distanceGuidance: parseGuidanceScale(distanceGuidance),
    }),
    sampling: parseSamplingOptions({
      temperature: numberOption(args, 'temperature'),
      topK: numberOption(args, 'top-k'),
      topP: numberOption(args, 'top-p'),
    }),
    folder: textOption(args, 'out') ?? 'evaluation',
  };
}

function scalesOption(args: Arguments): number[] {
  const text = textOption(args, 'scales');
  if (text === undefined) return [];
  return text.split(',').map((word) => {
    const value = word.trim() === '' ? NaN : Number(word);
    if (!Number.isFinite(value)) {
      throw new UsageError(`--scales must be numbers separated by commas, got "${text}".`);
    }
    return parseGuidanceScale(value);
  });
}

type Measured = Omit<Evaluation, 'date' | 'command' | 'machine' | 'data'> & {
  readonly data: TrainingData;
  /** What decoded, in words. */
  readonly executor?: string;
};
type Common = Omit<EvaluateModelOptions, 'data' | 'executor'>;
type ReadData = (side: number) => Promise<TrainingData>;

async function ofModel(
  place: ModelPlace,
  common: Common,
  {
    readData,
    start,
  }: {
    readonly readData: ReadData;
    readonly start: (model: ImageModel) => Promise<FusedExecutor | undefined>;
  },
): Promise<Measured> {
  const model = await loadImageModel(folderFiles(place.folder));
  let executor: FusedExecutor | undefined;
  try {
    const { sampleShape } = model.tokenizer;
    const data = await readData(sampleShape[1]);
    assertFits(data.dataset, sampleShape);
    assertSameClasses(model.labels, data);
    assertJudgeFits(common.judge, sampleShape, model.labels);
    executor = await start(model);
    const figures = await measureModel(model, { ...common, data, ...(executor && { executor }) });
    return {
      model: describeModel(nameOf(place), model),
      data,
      executor: executorName(executor),
      ...figures,
    };
  } finally {
    executor?.dispose();
    model.dispose();
  }
}

async function ofTokenizer(
  place: ModelPlace,
  common: Common,
  readData: ReadData,
): Promise<Measured> {
  const files = folderFiles(place.folder);
  const { config, weights } = await openModel(files);
  await weights.close();
  const tokenizer = await loadImageTokenizer(files);
  try {
    const data = await readData(tokenizer.sampleShape[1]);
    assertFits(data.dataset, tokenizer.sampleShape);
    assertJudgeFits(common.judge, tokenizer.sampleShape, data.dataset.labelNames);
    const { figures } = await measureTokenizer(tokenizer, { ...common, data });
    const { checksum } = tokenizer;
    const model = describeModel(nameOf(place), { config, checksum, tokenizer });
    return { model, data, ...figures };
  } finally {
    tokenizer.dispose();
  }
}

async function isTokenizerFolder(folder: string): Promise<boolean> {
  const { config, weights } = await openModel(folderFiles(folder));
  await weights.close();
  return Object.hasOwn(imageTokenizers, config.recipe);
}

function assertSameClasses(labels: readonly string[], { dataset }: TrainingData): void {
  if (labels.length === dataset.labelNames.length) return;
  throw new OptionError(
    `evaluate: the data must have the ${labels.length} classes of the model, they have ${dataset.labelNames.length}. Give the data that it was trained on.`,
    'CONFIG',
  );
}

function assertJudgeFits(
  judge: LoadedJudge | undefined,
  [height, width, channels]: readonly number[],
  labels: readonly string[],
): void {
  if (judge === undefined) return;
  const { options } = judge;
  const fits =
    options.height === height &&
    options.width === width &&
    options.channels === channels &&
    options.classes === labels.length;
  if (fits) return;
  throw new OptionError(
    `evaluate: the judge must see ${width} x ${height} pictures with ${channels} channels of ${labels.length} classes, it was made for ` +
      `${options.width} x ${options.height} with ${options.channels} of ${options.classes}. Train one on the same data.`,
    'CONFIG',
  );
}

function nameOf({ name }: ModelPlace): string {
  return basename(resolve(name));
}

function machineFacts({ name, version }: ActiveEngine): Evaluation['machine'] {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    engine: `${name} ${version}`,
  };
}

function dataFacts({ dataset, heldOut }: TrainingData): Evaluation['data'] {
  const { name, count, width, channels } = dataset;
  return { name, trainCount: count, testCount: heldOut.count, width, channels };
}

/** The command as it was typed, with folders by their names alone: where they are is of no use elsewhere. */
function commandLine(args: Arguments): string {
  const folders = ['model', 'data', 'judge'];
  const values = [
    'count',
    'guidance',
    'distance-count',
    'distance-guidance',
    'scales',
    'search-count',
    'temperature',
    'top-k',
    'top-p',
    'seed',
    'batch',
    'size',
    'engine',
  ];
  const words = [...folders, ...values].flatMap((name) => {
    const value = textOption(args, name);
    if (value === undefined) return [];
    return [`--${name}`, folders.includes(name) ? basename(resolve(value)) : value];
  });
  return ['nextx', 'evaluate', ...words].join(' ');
}
