import { mkdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { parseGuidanceScale, parseSamplingOptions, randomSeed } from '@nextx/core';
import { folderFiles, writeFileAtomic } from '@nextx/core/node';
import { loadImageModel } from '@nextx/image';
import type { ActiveEngine } from '../engines/engine.ts';
import { startEngine } from '../start-engine.ts';
import { executorRecord } from '../executor-record.ts';
import {
  readExecutor,
  startExecutor,
  type FusedExecutor,
  type WantedExecutor,
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
import { editRecord, readEditInput } from './edit-input.ts';
import { findModel } from './find-model.ts';
import { generatePictures, type GeneratedPictures } from './generate-pictures.ts';
import {
  assertSheetFits,
  defaultScale,
  gridPng,
  pictureFileName,
  singlePng,
  type GridLayout,
  type SharedRecord,
} from './picture-files.ts';

const maxCount = 100_000;
const defaultCount = 16;
/** Candidates computed together: as many as a call of the model takes. */
const mostCandidates = 4096;

/** What the command line asks for, checked before anything is loaded. */
interface Asked {
  readonly model: string;
  readonly labels: readonly string[] | undefined;
  readonly count: number | undefined;
  readonly seed: bigint;
  readonly batch: number;
  readonly bestOf: number;
  readonly guidanceScale: number;
  readonly isSmooth: boolean;
  readonly sampling: { readonly temperature: number; readonly topK: number; readonly topP: number };
  readonly edit: { readonly image?: string; readonly mask?: string; readonly border?: number };
  readonly target: { readonly file: string } | { readonly folder: string };
  readonly columns: number | undefined;
  readonly scale: number | undefined;
  readonly hasMetadata: boolean;
}

/** `nextx generate image`, after its words are checked. */
export async function generateFromArguments(args: Arguments, world: World): Promise<void> {
  const started = performance.now();
  const asked = readArguments(args);
  const wanted = readExecutor(args);
  const { folder } = await findModel(asked.model);
  const engine = await startEngine(args, world);
  const model = await loadImageModel(folderFiles(folder));
  const progress = progressLine(world);
  let executor: FusedExecutor | undefined;
  try {
    const edit = await readEditInput(asked.edit, model.tokenizer.sampleShape, (text) =>
      world.err(`${text}\n`),
    );
    const distinct = asked.labels ?? model.labels;
    const count = asked.count ?? Math.max(defaultCount, distinct.length);
    const labels = Array.from({ length: count }, (_, item) => distinct[item % distinct.length]);
    const grid = layoutOf(asked, {
      count,
      classes: distinct.length,
      side: model.tokenizer.sampleShape[1],
    });
    const { guidanceScale, sampling, isSmooth, bestOf, seed, batch } = asked;
    executor = await startExecutor(model, executorFor(asked, wanted), {
      engine,
      world,
      batch: { items: Math.min(batch, count) * bestOf, isGuided: guidanceScale !== 1 },
    });
    const made = await generatePictures(model, {
      labels,
      seed,
      batch,
      settings: {
        guidanceScale,
        isSmooth,
        bestOf,
        ...sampling,
        ...edit,
        ...(executor && { executor }),
      },
      signal: world.signal,
      progress,
    });
    progress.end();
    const used = executorRecord(executor);
    const shared = {
      engine,
      ...(used && { executor: used }),
      calls: made.calls,
      bestOf,
      ...(edit && { edit: editRecord(edit) }),
    };
    const files = await writePictures(made, shared, { ...asked, grid });
    const seconds = (performance.now() - started) / 1000;
    report({ made, files, args, engine, bestOf, seconds }, world);
  } finally {
    progress.end();
    executor?.dispose();
    model.dispose();
  }
}

/** Mixed codes are vectors, which only the operations of the engine decode. */
function executorFor({ isSmooth }: Asked, wanted: WantedExecutor): WantedExecutor {
  if (!isSmooth) return wanted;
  if (wanted.name === 'cpu' || wanted.name === 'webgpu') {
    throw new UsageError(
      `--smooth needs --executor reference, the ${wanted.name} executor draws codes.`,
    );
  }
  return { name: 'reference' };
}

function readArguments(args: Arguments): Asked {
  const whole = { least: 1, isWhole: true };
  const count = numberOption(args, 'count', { ...whole, most: maxCount });
  const border = numberOption(args, 'border', whole);
  const [image, mask] = [textOption(args, 'image'), textOption(args, 'mask')];
  const labels = textOption(args, 'class')
    ?.split(',')
    .map((label) => label.trim());
  if (labels?.includes('') === true) {
    throw new UsageError('--class must be names or numbers separated by commas, one is empty.');
  }
  const batch = numberOption(args, 'batch', { ...whole, most: 4096 }) ?? 32;
  const bestOf = numberOption(args, 'best-of', { ...whole, most: 4096 }) ?? 1;
  return {
    model: requiredText(args, 'model'),
    labels,
    count,
    seed: seedOption(args) ?? randomSeed(),
    batch: Math.min(batch, Math.max(1, Math.floor(mostCandidates / bestOf))),
    bestOf,
    isSmooth: isOn(args, 'smooth'),
    guidanceScale: parseGuidanceScale(numberOption(args, 'guidance') ?? 1),
    sampling: parseSamplingOptions({
      temperature: numberOption(args, 'temperature'),
      topK: numberOption(args, 'top-k'),
      topP: numberOption(args, 'top-p'),
    }),
    edit: {
      ...(image !== undefined && { image }),
      ...(mask !== undefined && { mask }),
      ...(border !== undefined && { border }),
    },
    target: targetOf(textOption(args, 'out'), textOption(args, 'out-dir')),
    columns: numberOption(args, 'columns', whole),
    scale: numberOption(args, 'scale', { ...whole, most: 64 }),
    hasMetadata: args['metadata'] !== false,
  };
}

function targetOf(file: string | undefined, folder: string | undefined): Asked['target'] {
  if (file !== undefined && folder !== undefined) {
    throw new UsageError('--out and --out-dir exclude each other. Give one of them.');
  }
  if (folder !== undefined) return { folder };
  const name = file ?? 'nextx.png';
  if (extname(name).toLowerCase() !== '.png') {
    throw new UsageError(`--out must end in .png, got "${name}".`);
  }
  return { file: name };
}

/** How the pictures stand on a sheet: a column a class where these are few. */
function layoutOf(
  { target, columns, scale }: Asked,
  {
    count,
    classes,
    side,
  }: { readonly count: number; readonly classes: number; readonly side: number },
): GridLayout {
  const inRows = classes > 1 && classes <= 16 && count > classes;
  const grid = {
    columns: columns ?? (inRows ? classes : Math.ceil(Math.sqrt(count))),
    gap: 2,
    scale: scale ?? defaultScale(side),
  };
  if ('file' in target) assertSheetFits(count, side, grid);
  return grid;
}

/** @returns the files, in the order of the pictures. */
async function writePictures(
  { pictures }: GeneratedPictures,
  shared: SharedRecord,
  { target, hasMetadata, grid }: Asked & { readonly grid: GridLayout },
): Promise<string[]> {
  if ('folder' in target) {
    await mkdir(target.folder, { recursive: true });
    const files: string[] = [];
    for (const [index, picture] of pictures.entries()) {
      const { label, seed } = picture.image.provenance;
      const file = join(target.folder, pictureFileName(index, label, seed));
      await writeFileAtomic(file, singlePng(picture, shared, hasMetadata));
      files.push(file);
    }
    return files;
  }
  await mkdir(dirname(target.file), { recursive: true });
  await writeFileAtomic(target.file, gridPng(pictures, { ...shared, grid }, hasMetadata));
  return [target.file];
}

interface Outcome {
  readonly made: GeneratedPictures;
  readonly files: readonly string[];
  readonly args: Arguments;
  readonly engine: ActiveEngine;
  readonly bestOf: number;
  readonly seconds: number;
}

function report({ made, files, args, engine, bestOf, seconds }: Outcome, world: World): void {
  const { pictures } = made;
  const [first, last] = [
    pictures[0].image.provenance,
    pictures[pictures.length - 1].image.provenance,
  ];
  const seeds =
    pictures.length === 1 ? `seed ${first.seed}` : `seeds ${first.seed} to ${last.seed}`;
  const noun = pictures.length === 1 ? 'picture' : 'pictures';
  const chosen = bestOf === 1 ? seeds : `the best of ${bestOf} each, ${seeds}`;
  world.err(`${pictures.length} ${noun}, ${chosen}, in ${formatSeconds(seconds)}\n`);
  if (!isOn(args, 'json')) {
    for (const file of files) world.out(`${file}\n`);
    return;
  }
  for (const [index, { image }] of pictures.entries()) {
    const { label, seed } = image.provenance;
    const file = files.length === 1 ? files[0] : files[index];
    world.out(`${JSON.stringify({ event: 'picture', file, index, label, seed })}\n`);
  }
  const { recipe, model, guidanceScale, sampling } = first;
  const done = {
    event: 'done',
    files,
    recipe,
    model,
    engine: engine.name,
    guidanceScale,
    sampling,
    ...(bestOf > 1 && { bestOf }),
    seconds,
  };
  world.out(`${JSON.stringify(done)}\n`);
}
