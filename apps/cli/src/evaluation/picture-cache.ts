import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@nextx/core/node';

/** Generated pictures on disk, as far as they go. */
export interface PictureCache {
  /** Path of the file: the bytes of one picture after the other. */
  readonly file: string;
  /** All pictures that are there. */
  read(): Promise<Uint8Array>;
  /** Adds whole pictures. */
  append(bytes: Uint8Array): Promise<void>;
}

/**
 * Opens the file of the pictures that some settings make: `pictures-<hash>.bin`, with the settings beside it as JSON. The
 * number of pictures is no setting: more of them go on where fewer ended. A picture cut off by a crash is removed.
 *
 * @param settings  Everything that decides the pictures; the file's name follows from it.
 * @param size  Bytes of a picture.
 */
export async function openPictureCache(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
  size: number,
): Promise<PictureCache> {
  const text = JSON.stringify(settings, undefined, 2);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = join(folder, `pictures-${hash}.bin`);
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(
    join(folder, `pictures-${hash}.json`),
    new TextEncoder().encode(`${text}\n`),
  );
  return {
    file,
    async read() {
      const bytes = await readFile(file).catch(() => new Uint8Array(0));
      const whole = bytes.length - (bytes.length % size);
      if (whole < bytes.length) await truncate(file, whole);
      return bytes.subarray(0, whole);
    },
    append: (bytes) => appendFile(file, bytes),
  };
}
