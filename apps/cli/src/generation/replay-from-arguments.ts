import { readFile } from 'node:fs/promises';
import { NextxError, NumericError, openModel, ResourceError } from '@nextx/core';
import { folderFiles, writeFileAtomic } from '@nextx/core/node';
import { decodePng, encodePng, imageGrid, loadImageModel } from '@nextx/image';
import type { GeneratedImage, ImageModel, Pixels } from '@nextx/image';
import { shippedModels } from '@nextx/image/node';
import type { ActiveEngine } from '../engines/engine.ts';
import { startEngine } from '../start-engine.ts';
import { recordedExecutor } from '../executor-record.ts';
import {
  startExecutor,
  threadsOption,
  type FusedExecutor,
  type StartContext,
  type WantedExecutor,
} from '../start-executor.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText, textOption } from '../terminal/option-values.ts';
import { progressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import { editOfRecord } from './edit-input.ts';
import { findModel } from './find-model.ts';
import { runCall } from './generate-pictures.ts';
import { readPictureRecord, recordText, type PictureRecord } from './picture-record.ts';

/** `nextx replay`, after its words are checked. */
export async function replayFromArguments(args: Arguments, world: World): Promise<void> {
  const file = requiredText(args, 'file');
  const bytes = await readBytes(file);
  const record = readPictureRecord(file, bytes);
  const folder = await folderOfModel(record.model, textOption(args, 'model'));
  const engine = await recordedEngine(args, record, world);
  const again = await makeAgain(record, folder, { engine, world, args });
  // The file made again carries the record of the first: it differs in nothing if the pictures are the same.
  const remade = encodePng(again, { text: recordText(record) });
  const outcome = compare(bytes, remade, again);
  const out = textOption(args, 'out');
  if (out !== undefined) await writeFileAtomic(out, remade);
  const isSameEngine = engine.name === record.engine.name;
  world.err(`${verdict(outcome, record, engine)}\n`);
  if (isOn(args, 'json')) {
    world.out(
      `${JSON.stringify({ event: 'replay', file, out, engine: engine.name, ...outcome })}\n`,
    );
  } else if (out !== undefined) {
    world.out(`${out}\n`);
  }
  if (outcome.mostDifferent > (isSameEngine ? 0 : 1)) {
    throw new NumericError(
      `${file}: the pictures must come out again ${isSameEngine ? 'the same' : 'within 1 of 255'}, they differ by up to ${outcome.mostDifferent} of 255. ` +
        `It was made by nextx ${record.version} on ${record.engine.name} ${record.engine.version}; use that version and engine.`,
    );
  }
}

interface Outcome {
  readonly isSameBytes: boolean;
  /** Largest difference of a pixel value, of 255. */
  readonly mostDifferent: number;
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new ResourceError(
      `${file}: must be a readable PNG file, it is not. Check the path.`,
      isMissing ? 'NOT_FOUND' : 'IO',
      cause,
    );
  }
}

/** Folder of the model with a checksum: the one that is named, or the shipped one that has it. */
async function folderOfModel(checksum: string, wanted: string | undefined): Promise<string> {
  const candidates = wanted === undefined ? await shippedModels() : [await findModel(wanted)];
  for (const { folder } of candidates) {
    if ((await checksumOf(folder, wanted !== undefined)) === checksum) return folder;
  }
  const remedy =
    wanted === undefined ? 'Give its folder with --model DIR.' : 'Give another folder.';
  throw new ResourceError(
    `replay: the model must have the SHA-256 ${checksum}, ${wanted === undefined ? 'no shipped one has' : `that in ${wanted} has another`}. ${remedy}`,
    'NOT_FOUND',
  );
}

async function checksumOf(folder: string, isAsked: boolean): Promise<string | undefined> {
  try {
    const { checksum, weights } = await openModel(folderFiles(folder));
    await weights.close();
    return checksum;
  } catch (error) {
    if (isAsked || !(error instanceof NextxError)) throw error;
    return undefined;
  }
}

async function recordedEngine(
  args: Arguments,
  record: PictureRecord,
  world: World,
): Promise<ActiveEngine> {
  if (textOption(args, 'engine') !== undefined) return startEngine(args, world);
  try {
    return await startEngine({ ...args, engine: record.engine.name }, world);
  } catch (error) {
    world.err(`the recorded engine ${record.engine.name} does not start here: ${String(error)}\n`);
    return startEngine({ ...args, engine: 'auto' }, world);
  }
}

async function makeAgain(
  record: PictureRecord,
  folder: string,
  {
    engine,
    world,
    args,
  }: { readonly engine: ActiveEngine; readonly world: World; readonly args: Arguments },
): Promise<Pixels> {
  const model = await loadImageModel(folderFiles(folder));
  const progress = progressLine(world);
  let executor: FusedExecutor | undefined;
  try {
    const { bestOf = 1 } = record;
    const items = bestOf * Math.max(...record.calls.map(({ labels }) => labels.length));
    const batch = { items, isGuided: record.guidanceScale !== 1 };
    const wanted = { ...recordedExecutor(record.executor), ...threadsOption(args) };
    executor = await startRecorded(model, wanted, { engine, world, batch });
    const { guidanceScale, guidanceSchedule, sampling, isSmooth, edit, calls, pictures, grid } =
      record;
    const settings = {
      guidanceScale,
      guidanceSchedule,
      ...sampling,
      ...(isSmooth && { isSmooth }),
      bestOf,
      ...(edit && editOfRecord(edit)),
      ...(executor && { executor }),
    };
    const made: (readonly GeneratedImage[])[] = [];
    for (const [index, call] of calls.entries()) {
      progress.report({ label: 'making again', done: index, total: calls.length });
      made.push(await runCall(model, call, { settings, signal: world.signal }));
    }
    progress.report({ label: 'making again', done: calls.length, total: calls.length });
    const images = pictures.map(({ call, item }) => plain(made[call][item]));
    return grid === undefined ? images[0] : imageGrid(images, grid);
  } finally {
    progress.end();
    executor?.dispose();
    model.dispose();
  }
}

/** The recorded executor; where that does not start, 32-bit weights give the same tokens by another. */
async function startRecorded(
  model: ImageModel,
  wanted: WantedExecutor,
  context: StartContext,
): Promise<FusedExecutor | undefined> {
  try {
    return await startExecutor(model, wanted, context);
  } catch (error) {
    const isExact = 'format' in wanted && wanted.format === 'f32';
    if (!isExact || !(error instanceof NextxError)) throw error;
    context.world.err(
      `the recorded executor ${wanted.name} does not start here: ${error.message}\n`,
    );
    const { threads } = wanted;
    return startExecutor(model, { name: 'auto', ...(threads && { threads }) }, context);
  }
}

function compare(before: Uint8Array, remade: Uint8Array, again: Pixels): Outcome {
  const isSameBytes = Buffer.from(before).equals(remade);
  if (isSameBytes) return { isSameBytes, mostDifferent: 0 };
  const { pixels } = decodePng(before);
  if (pixels.data.length !== again.data.length) return { isSameBytes, mostDifferent: 255 };
  const mostDifferent = pixels.data.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - again.data[index])),
    0,
  );
  return { isSameBytes, mostDifferent };
}

function verdict(
  { isSameBytes, mostDifferent }: Outcome,
  { pictures, engine: recorded }: PictureRecord,
  engine: ActiveEngine,
): string {
  const what = `${pictures.length} ${pictures.length === 1 ? 'picture' : 'pictures'} made again`;
  if (isSameBytes) return `${what}: the same bytes`;
  const where =
    engine.name === recorded.name ? '' : ` (made on ${recorded.name}, now on ${engine.name})`;
  return mostDifferent === 0
    ? `${what}: the same pixels, in another file${where}`
    : `${what}: pixels differ by up to ${mostDifferent} of 255${where}`;
}

function plain({ width, height, channels, data }: Pixels): Pixels {
  return { width, height, channels, data };
}
