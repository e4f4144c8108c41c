import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { turnOfEventLoop } from '@nextx/core';
import { writeFileAtomic } from '@nextx/core/node';
import { encodeDataset, selectRows } from '@nextx/image';
import type { EncodedDataset, ImageDataset, ImageTokenizer } from '@nextx/image';
import type { JobContext } from './training-job.ts';

/** Which ids are asked for, and where they are kept. */
export interface EncodedIdsRequest {
  readonly tokenizer: ImageTokenizer;
  /** SHA-256 of the tokenizer's weights. */
  readonly checksum: string;
  readonly dataset: ImageDataset;
  readonly folder: string;
}

/** Pictures that are encoded between two looks at what the user wants. */
const sliceSize = 200;

/**
 * Ids of a whole data set, from the file of an earlier run where tokenizer and pictures are the same. The file holds
 * little-endian int32 values and is named by a SHA-256 over both.
 */
export async function encodedIds(
  { tokenizer, checksum, dataset, folder }: EncodedIdsRequest,
  { world, progress }: JobContext,
): Promise<EncodedDataset> {
  const hash = createHash('sha256').update(`${checksum} ${dataset.count} `).update(dataset.images);
  const file = join(folder, `ids-${hash.digest('hex').slice(0, 16)}.bin`);
  const { count, labels, weights } = dataset;
  const { length } = tokenizer;
  const shared = { labels, count, length, ...(weights && { weights }) };
  const kept = await readIds(file, count * length, tokenizer.vocabularySize);
  if (kept !== undefined) return { ids: kept, ...shared };
  const ids = new Int32Array(count * length);
  for (let from = 0; from < count; from += sliceSize) {
    // An engine that computes at once never lets a signal of the system through by itself.
    await turnOfEventLoop();
    world.signal.throwIfAborted();
    const rows = Int32Array.from({ length: Math.min(sliceSize, count - from) }, (_, i) => from + i);
    ids.set((await encodeDataset(tokenizer, selectRows(dataset, rows))).ids, from * length);
    progress.report({
      label: `encoding the ${dataset.split} split`,
      done: from + rows.length,
      total: count,
      unit: 'pictures',
    });
  }
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(file, new Uint8Array(ids.buffer));
  return { ids, ...shared };
}

/** Ids of a file, or `undefined` where there is none or it holds something else. */
async function readIds(
  file: string,
  size: number,
  vocabularySize: number,
): Promise<Int32Array | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes?.byteLength !== size * 4) return undefined;
  const ids = new Int32Array(Uint8Array.from(bytes).buffer);
  return ids.every((id) => id >= 0 && id < vocabularySize) ? ids : undefined;
}
