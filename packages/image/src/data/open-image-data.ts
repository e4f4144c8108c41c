import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { DataError, ResourceError } from '@nextx/core';
import { reportDataset, type DataReport } from './data-report.ts';
import { readEmoji } from './emoji.ts';
import { readImageFolder, type ImageEntry } from './image-folder.ts';
import type { ImageDataset, Split } from './image-dataset.ts';
import { fashionMnistLabels, mnistLabels, readIdxPair } from './mnist.ts';

/** What to read of a data folder. */
export interface OpenImageDataOptions {
  readonly split: Split;
  /** Side of the square that pictures of class folders are resized to. @defaultValue 32 */
  readonly size?: number;
}

/** A data set and the report to show before training on it. */
export interface OpenedImageData {
  readonly dataset: ImageDataset;
  readonly report: DataReport;
}

/**
 * Reads a folder of pictures, whatever its form: the four idx files of MNIST and its kin (label names from `labels.txt`, one
 * a line, if there is one), the emoji data set, or class folders of PNG and JPEG files (optionally under `train` and `test`).
 *
 * @throws {ResourceError} NOT_FOUND if the folder does not exist; IO if it cannot be read.
 * @throws {DataError} EMPTY if nothing usable is inside; FORMAT if files are damaged.
 */
export async function openImageData(
  directory: string,
  { split, size = 32 }: OpenImageDataOptions,
): Promise<OpenedImageData> {
  const entries = await listFolder(directory);
  const top = new Set(
    entries.filter((entry) => !entry.isDirectory()).map((entry) => pathIn(directory, entry)),
  );
  const idx = idxNames(top, split);
  if (idx) return openIdx(directory, { ...idx, split, hasLabelNames: top.has('labels.txt') });
  if (idxNames(top, split === 'train' ? 'test' : 'train')) {
    throw new DataError(
      `openImageData: ${directory} must hold the idx files of the ${split} split, it has only the other split's. ` +
        `Add ${idxPrefix(split)}-images-idx3-ubyte.gz and ${idxPrefix(split)}-labels-idx1-ubyte.gz.`,
      'EMPTY',
    );
  }
  const emojiImages = present(top, 'emoji32-rgb-idx4-ubyte');
  const emojiLabels = present(top, 'emoji32-labels-idx1-ubyte');
  if (emojiImages && emojiLabels && top.has('index.csv')) {
    const files = {
      images: await readBytes(directory, emojiImages),
      labels: await readBytes(directory, emojiLabels),
      index: new TextDecoder().decode(await readBytes(directory, 'index.csv')),
    };
    const dataset = await readEmoji(files, split);
    const notes = ['Skin-tone variants of one name share the weight of one picture.'];
    return { dataset, report: reportDataset(dataset, { format: 'emoji', notes }) };
  }
  return openClassFolders(directory, { split, size, paths: [...top] });
}

interface IdxNames {
  readonly images: string;
  readonly labels: string;
}

function idxNames(top: ReadonlySet<string>, split: Split): IdxNames | undefined {
  const images = present(top, `${idxPrefix(split)}-images-idx3-ubyte`);
  const labels = present(top, `${idxPrefix(split)}-labels-idx1-ubyte`);
  return images && labels ? { images, labels } : undefined;
}

function idxPrefix(split: Split): string {
  return split === 'train' ? 'train' : 't10k';
}

async function openIdx(
  directory: string,
  files: IdxNames & { readonly split: Split; readonly hasLabelNames: boolean },
): Promise<OpenedImageData> {
  const { split, hasLabelNames } = files;
  const name = basename(resolve(directory));
  const labelNames = hasLabelNames
    ? linesOf(await readBytes(directory, 'labels.txt'))
    : /fashion/i.test(name)
      ? fashionMnistLabels
      : mnistLabels;
  const images = await readBytes(directory, files.images);
  const labels = await readBytes(directory, files.labels);
  const dataset = readIdxPair({ images, labels, split }, { name, labelNames });
  return { dataset, report: reportDataset(dataset, { format: 'idx files' }) };
}

async function openClassFolders(
  directory: string,
  {
    split,
    size,
    paths,
  }: { readonly split: Split; readonly size: number; readonly paths: readonly string[] },
): Promise<OpenedImageData> {
  const entries: ImageEntry[] = paths
    .filter(
      (path) =>
        /\.(png|jpe?g)$/i.test(path) && !path.split('/').some((part) => part.startsWith('.')),
    )
    .map((path) => ({ path, read: () => readBytes(directory, path) }));
  if (entries.length === 0) {
    throw new DataError(
      `openImageData: ${directory} must hold idx files, the emoji files, or PNG and JPEG files in one folder for ` +
        `each class; it has ${paths.length} files of other kinds. Check the folder's name.`,
      'EMPTY',
    );
  }
  const name = basename(resolve(directory));
  const { dataset, unreadable, sizes } = await readImageFolder(entries, { name, split, size });
  const others = [...sizes].filter(([key]) => key !== `${size} x ${size}`);
  const resized = others.reduce((sum, [, count]) => sum + count, 0);
  const common = others.sort((a, b) => b[1] - a[1]).slice(0, 3);
  const notes =
    resized === 0
      ? []
      : [
          `${resized} pictures were resized and cropped to ${size} x ${size}; most common: ` +
            common.map(([key, count]) => `${key} (${count})`).join(', '),
        ];
  return {
    dataset,
    report: reportDataset(dataset, { format: 'class folders', unreadable, notes }),
  };
}

async function listFolder(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw fileError(`openImageData: the folder ${directory}`, cause);
  }
}

async function readBytes(directory: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(join(directory, path));
  } catch (cause) {
    throw fileError(`openImageData: ${path}`, cause);
  }
}

function fileError(where: string, cause: unknown): ResourceError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const reason = cause instanceof Error ? cause.message : 'unknown reason';
  return isMissing
    ? new ResourceError(`${where} must exist, it does not. Check the path.`, 'NOT_FOUND', cause)
    : new ResourceError(
        `${where} must be readable, got: ${reason}. Check its rights.`,
        'IO',
        cause,
      );
}

function pathIn(directory: string, entry: Dirent): string {
  return relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/');
}

function present(top: ReadonlySet<string>, name: string): string | undefined {
  return [`${name}.gz`, name].find((file) => top.has(file));
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}
