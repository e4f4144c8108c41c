import { DataError, NextxError } from '@nextx/core';
import { decodeImage } from '../pixels-decode.ts';
import { cropSquare } from '../pixels-resize.ts';
import { toGrey, toRgb, type Pixels } from '../pixels.ts';
import type { UnreadableFile } from './data-report.ts';
import type { ImageDataset, Split } from './image-dataset.ts';

/** One picture file of a folder of classes, or of a list of uploaded files. */
export interface ImageEntry {
  /** Path inside the data set, `class/file.png`; with `train/` or `test/` before it to fix its split. */
  readonly path: string;
  readonly read: () => Promise<Uint8Array>;
}

/** How pictures of any size become a data set. */
export interface ImageFolderOptions {
  readonly name: string;
  readonly split: Split;
  /** Side of the square that each picture is resized and center-cropped to. @defaultValue 32 */
  readonly size?: number;
  /** Pictures that may be unreadable before reading stops. @defaultValue the larger of 10 and 5 % of the files */
  readonly maxUnreadable?: number;
}

/** A data set and what was left out or changed. */
export interface ImageFolderResult {
  readonly dataset: ImageDataset;
  readonly unreadable: readonly UnreadableFile[];
  /** Pictures by original size, such as `640 x 480`. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Makes a data set of picture files, their first folder being their class. When no file lies under `train/` or `test/`,
 * one file in eight, chosen by a hash of its path, is the test split. Grey when all pictures are, else RGB on white.
 *
 * @throws {DataError} EMPTY if there is no readable picture; FORMAT if more than `maxUnreadable` cannot be read.
 */
export async function readImageFolder(
  entries: readonly ImageEntry[],
  options: ImageFolderOptions,
): Promise<ImageFolderResult> {
  const { name, split, size = 32 } = options;
  const all = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1)).map(placeEntry);
  const isSplitByFolder = all.some((entry) => entry.folderSplit !== undefined);
  const labelNames = [...new Set(all.map((entry) => entry.className))].sort();
  const wanted = all.filter(
    (entry) => (isSplitByFolder ? entry.folderSplit : entry.hashSplit) === split,
  );
  const most = options.maxUnreadable ?? Math.max(10, Math.ceil(wanted.length / 20));
  const pictures: Pixels[] = [];
  const labels: number[] = [];
  const unreadable: UnreadableFile[] = [];
  const sizes = new Map<string, number>();
  for (const { entry, className } of wanted) {
    try {
      const { pixels } = decodeImage(await entry.read());
      pictures.push(cropSquare(pixels, { size }));
      labels.push(labelNames.indexOf(className));
      const key = `${pixels.width} x ${pixels.height}`;
      sizes.set(key, (sizes.get(key) ?? 0) + 1);
    } catch (cause) {
      unreadable.push({ file: entry.path, reason: reasonOf(cause) });
      if (unreadable.length > most) throw tooManyUnreadable(name, most, unreadable);
    }
  }
  if (pictures.length === 0) {
    throw new DataError(
      `readImageFolder: ${name} must hold pictures of the ${split} split, got ${entries.length} files of which ` +
        `${unreadable.length} are unreadable. Put PNG or JPEG files into one folder for each class.`,
      'EMPTY',
    );
  }
  const dataset = assemble(pictures, { name, split, labels: Int32Array.from(labels), labelNames });
  return { dataset, unreadable, sizes };
}

interface PlacedEntry {
  readonly entry: ImageEntry;
  readonly className: string;
  readonly folderSplit: Split | undefined;
  readonly hashSplit: Split;
}

function placeEntry(entry: ImageEntry): PlacedEntry {
  const parts = entry.path.split('/');
  const top = parts.length > 1 ? parts[0] : '';
  const folderSplit = top === 'train' || top === 'test' ? top : undefined;
  const rest = folderSplit === undefined ? parts : parts.slice(1);
  const className = rest.length > 1 ? rest[0] : 'all';
  const hashSplit = pathHash(entry.path) % 8 === 0 ? 'test' : 'train';
  return { entry, className, folderSplit, hashSplit };
}

/** FNV-1a over UTF-16 units, its bits mixed so that the low ones may be used. */
function pathHash(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function assemble(
  pictures: readonly Pixels[],
  facts: Pick<ImageDataset, 'name' | 'split' | 'labels' | 'labelNames'>,
): ImageDataset {
  const { width, height } = pictures[0];
  const channels = pictures.every((picture) => picture.channels === 1) ? 1 : 3;
  const convert = channels === 1 ? toGrey : toRgb;
  const size = width * height * channels;
  const images = new Uint8Array(pictures.length * size);
  for (const [i, picture] of pictures.entries()) images.set(convert(picture).data, i * size);
  return { ...facts, width, height, channels, count: pictures.length, images };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof NextxError) return cause.message;
  return cause instanceof Error ? `cannot be read (${cause.message})` : 'cannot be read';
}

function tooManyUnreadable(
  name: string,
  most: number,
  files: readonly UnreadableFile[],
): DataError {
  const named = files.slice(0, 10).map(({ file }) => file);
  return new DataError(
    `readImageFolder: at most ${most} files of ${name} may be unreadable, more are: ${named.join(', ')}` +
      `${files.length > named.length ? ', ...' : ''}. The first: ${files[0].reason}`,
  );
}
