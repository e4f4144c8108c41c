import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod/mini';
import { CheckpointError, NextxError, OptionError, ResourceError } from '../errors.ts';
import { parseOptions } from '../parse-options.ts';
import {
  type AtomicWriteOptions,
  temporaryName,
  withRetries,
  writeFileAtomic,
} from './atomic-write.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { parseStrictJson } from './strict-json.ts';
import { type WriterFs, nodeFs, syncFolder, systemCode, writeDurably } from './writer-fs.ts';

/** A checkpoint as it is read back. */
export interface StoredCheckpoint {
  readonly step: number;
  /** By the names under which they were saved. */
  readonly files: Map<string, Uint8Array>;
  /** What was wrong with newer checkpoints that had to be passed over; empty when all is well. */
  readonly warnings: readonly string[];
}

/** Training checkpoints in a folder, each complete or absent. */
export interface CheckpointStore {
  /**
   * Saves a checkpoint durably, then removes all but the newest `keep`.
   *
   * @param files  Plain file names (letters, digits, `.`, `_`, `-`) and their bytes.
   * @throws {ResourceError} IO when it could not be made durable; the checkpoints before it are kept.
   */
  save(step: number, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /**
   * The newest checkpoint whose files are all as saved, or `undefined` in a folder without checkpoints.
   *
   * @throws {CheckpointError} FORMAT when there are checkpoints but every one is damaged.
   */
  latest(): Promise<StoredCheckpoint | undefined>;
}

/** Settings of `openCheckpointStore`. */
export interface CheckpointStoreOptions extends AtomicWriteOptions {
  /** Checkpoints to keep, at least 1. */
  readonly keep: number;
}

const folderPattern = /^checkpoint-(\d{6,})$/;
const filePattern = /^(?!\.)[\w.-]{1,200}$/;
const manifestName = 'manifest.json';
const pointerName = 'latest.json';

const manifestSchema = z.strictObject({
  version: z.literal(1),
  step: z.int().check(z.minimum(0)),
  files: z.array(
    z.strictObject({
      name: z.string().check(z.regex(filePattern)),
      bytes: z.int().check(z.minimum(0)),
      sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});
const pointerSchema = z.strictObject({ folder: z.string().check(z.regex(folderPattern)) });

type Manifest = z.infer<typeof manifestSchema>;

/**
 * Opens a folder of training checkpoints; it is made at the first save. One process writes at a time.
 *
 * Each checkpoint is a folder `checkpoint-NNNNNN` (numbered in the order of saving) that gets its name only when all files and
 * the manifest with their sizes and SHA-256 sums are durable; `latest.json` then points to it.
 *
 * @throws {OptionError} ARG if `keep` is not a positive integer.
 */
export function openCheckpointStore(
  dir: string,
  { keep, fs = nodeFs, pauseMs = 200 }: CheckpointStoreOptions,
): CheckpointStore {
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new OptionError(
      `openCheckpointStore: keep must be an integer of at least 1, got ${keep}. Keep 2 or more to survive a damaged one.`,
    );
  }
  const store = { dir, keep, fs, pauseMs };
  return { save: (step, files) => save(store, step, files), latest: () => latest(store) };
}

interface Store {
  readonly dir: string;
  readonly keep: number;
  readonly fs: WriterFs;
  readonly pauseMs: number;
}

async function save(
  store: Store,
  step: number,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const { dir, fs, pauseMs } = store;
  assertSavable(step, files);
  let existing: string[] = [];
  await withRetries(dir, pauseMs, async () => {
    await fs.makeFolder(dir);
    existing = await list(store);
  });
  const number = existing.length === 0 ? 1 : numberOf(existing[0]) + 1;
  const name = `checkpoint-${String(number).padStart(6, '0')}`;
  await withRetries(join(dir, name), pauseMs, () => writeFolder(store, name, { step, files }));
  const pointer = new TextEncoder().encode(`${JSON.stringify({ folder: name })}\n`);
  await writeFileAtomic(join(dir, pointerName), pointer, { fs, pauseMs });
  await removeOld(store);
}

async function writeFolder(
  { dir, fs }: Store,
  name: string,
  { step, files }: { readonly step: number; readonly files: ReadonlyMap<string, Uint8Array> },
): Promise<void> {
  const target = join(dir, name);
  const temporary = temporaryName(target);
  const entries: Manifest['files'] = [];
  try {
    await fs.makeFolder(temporary);
    for (const [file, bytes] of files) {
      await writeDurably(fs, join(temporary, file), bytes);
      entries.push({ name: file, bytes: bytes.byteLength, sha256: sha256(bytes) });
    }
    const manifest: Manifest = { version: 1, step, files: entries };
    const json = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
    await writeDurably(fs, join(temporary, manifestName), json);
    await syncFolder(fs, temporary);
    // A retry after the rename finds the name taken by its own, complete folder.
    await fs.remove(target);
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.remove(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(fs, dir);
}

/** Failures here are left for the next save: the new checkpoint is durable, and that is what `save` promises. */
async function removeOld(store: Store): Promise<void> {
  const { dir, keep, fs } = store;
  try {
    const old = (await list(store)).slice(keep);
    for (const name of old) {
      // Renamed first: a folder that is half removed must not look like a checkpoint.
      const doomed = temporaryName(join(dir, name));
      await fs.rename(join(dir, name), doomed);
      await fs.remove(doomed);
    }
    const names = await fs.list(dir);
    for (const name of names.filter((entry) =>
      /^\.(checkpoint-\d+|latest\.json)\..*\.tmp$/.test(entry),
    )) {
      await fs.remove(join(dir, name));
    }
  } catch {
    return;
  }
}

async function latest(store: Store): Promise<StoredCheckpoint | undefined> {
  const { dir } = store;
  const warnings: string[] = [];
  const names = await list(store).catch((cause: unknown) => {
    throw new ResourceError(
      `${dir}: must be readable, but is not (${systemCode(cause) ?? String(cause)}). Check its permissions.`,
      'IO',
      cause,
    );
  });
  const pointed = await readPointer(dir, warnings);
  const isMissing = pointed !== undefined && !names.includes(pointed);
  if (isMissing) {
    warnings.push(`${dir}: latest.json names ${pointed}, which is not there.`);
  }
  const ordered =
    pointed === undefined || isMissing
      ? names
      : [pointed, ...names.filter((name) => name !== pointed)];
  for (const name of ordered) {
    try {
      return { ...(await readVerified(join(dir, name))), warnings };
    } catch (error) {
      if (!(error instanceof NextxError)) {
        throw error;
      }
      warnings.push(`${error.message} The checkpoint before it is used.`);
    }
  }
  if (ordered.length > 0) {
    throw new CheckpointError(
      `${dir}: one checkpoint must be whole, all ${ordered.length} are damaged: ${warnings.join(' ')} Start the training anew.`,
    );
  }
  return undefined;
}

async function readPointer(dir: string, warnings: string[]): Promise<string | undefined> {
  const path = join(dir, pointerName);
  try {
    const bytes = await readFile(path);
    const json = parseStrictJson(path, decodeUtf8(path, bytes));
    return parseOptions(path, pointerSchema, json, 'CONFIG').folder;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') {
      warnings.push(`${path}: cannot be read (${String(error)}).`);
    }
    return undefined;
  }
}

async function readVerified(
  folder: string,
): Promise<{ readonly step: number; readonly files: Map<string, Uint8Array> }> {
  const manifestPath = join(folder, manifestName);
  const bytes = await readPart(manifestPath);
  const json = parseStrictJson(manifestPath, decodeUtf8(manifestPath, bytes));
  const manifest = parseOptions(manifestPath, manifestSchema, json, 'CONFIG');
  const files = new Map<string, Uint8Array>();
  for (const entry of manifest.files) {
    const path = join(folder, entry.name);
    const content = await readPart(path);
    if (content.byteLength !== entry.bytes || sha256(content) !== entry.sha256) {
      throw new CheckpointError(
        `${path}: must be the ${entry.bytes} bytes that were saved, but differs (${content.byteLength} bytes).`,
      );
    }
    files.set(entry.name, content);
  }
  return { step: manifest.step, files };
}

async function readPart(path: string): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    const reason = systemCode(cause) ?? String(cause);
    throw new CheckpointError(
      `${path}: must be readable, but is not (${reason}).`,
      'FORMAT',
      cause,
    );
  }
}

/** Names of the checkpoints, newest first. */
async function list({ dir, fs }: Store): Promise<string[]> {
  if ((await fs.stat(dir)).kind !== 'folder') {
    return [];
  }
  const names = (await fs.list(dir)).filter((name) => folderPattern.test(name));
  return names.sort((a, b) => numberOf(b) - numberOf(a));
}

function numberOf(folder: string): number {
  return Number(folderPattern.exec(basename(folder))?.[1] ?? 0);
}

function assertSavable(step: number, files: ReadonlyMap<string, Uint8Array>): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new OptionError(
      `CheckpointStore.save: step must be an integer of at least 0, got ${step}. Count optimizer steps.`,
    );
  }
  for (const name of files.keys()) {
    if (!filePattern.test(name) || name === manifestName) {
      throw new OptionError(
        `CheckpointStore.save: file names must be of letters, digits, ".", "_" and "-", and not ${manifestName}, ` +
          `got ${JSON.stringify(name)}. Rename the file.`,
      );
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
