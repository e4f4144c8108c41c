import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@nextx/core/node';
import { encodeDataset } from '@nextx/image';
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
  const kept = await readIds(file, count * tokenizer.length, tokenizer.vocabularySize);
  if (kept !== undefined) {
    return { ids: kept, labels, count, length: tokenizer.length, ...(weights && { weights }) };
  }
  const encoded = await encodeDataset(tokenizer, dataset, {
    signal: world.signal,
    onProgress: (done) =>
      progress.report({
        label: `encoding the ${dataset.split} split`,
        done,
        total: count,
        unit: 'pictures',
      }),
  });
  const { buffer, byteOffset, byteLength } = encoded.ids;
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(file, new Uint8Array(buffer, byteOffset, byteLength));
  return encoded;
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
