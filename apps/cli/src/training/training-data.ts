import { DataError, OptionError } from '@nextx/core';
import { renderDataReport, selectRows } from '@nextx/image';
import { openImageData } from '@nextx/image/node';
import type { ImageDataset } from '@nextx/image';
import type { World } from '../terminal/world.ts';

/** Pictures to fit and pictures to look at. */
export interface TrainingData {
  readonly dataset: ImageDataset;
  readonly heldOut: ImageDataset;
}

/** One picture in so many is held out where the data have no test split. */
const heldOutShare = 10;

/**
 * Reads a data folder, says what was found, and refuses what cannot be trained on.
 *
 * @param size  Side that pictures of class folders are resized to; other data sets have their own.
 * @throws {DataError | ResourceError} if there is nothing usable.
 */
export async function openTrainingData(
  folder: string,
  size: number | undefined,
  world: Pick<World, 'err'>,
): Promise<TrainingData> {
  const sized = size === undefined ? {} : { size };
  const { dataset, report } = await openImageData(folder, { split: 'train', ...sized });
  world.err(`${renderDataReport(report)}\n`);
  if (dataset.count < 2) {
    throw new DataError(
      `${folder}: training needs at least 2 pictures, got ${dataset.count}. Add pictures.`,
      'EMPTY',
    );
  }
  try {
    const test = await openImageData(folder, { split: 'test', ...sized });
    return { dataset, heldOut: asLike(test.dataset, dataset) };
  } catch (error) {
    if (!(error instanceof DataError && error.code === 'EMPTY')) throw error;
    world.err(`no test split: one picture in ${heldOutShare} is held out of the training\n`);
    return holdOut(dataset);
  }
}

/**
 * Refuses pictures of another size than a model takes.
 *
 * @param shape  Height, width, channels.
 * @throws {OptionError} CONFIG naming both sizes.
 */
export function assertFits(
  { width, height, channels }: ImageDataset,
  shape: readonly number[],
): void {
  if (height === shape[0] && width === shape[1] && channels === shape[2]) return;
  throw new OptionError(
    `train: pictures must be ${shape[1]} x ${shape[0]} with ${shape[2]} channels as the options say, ` +
      `the data are ${width} x ${height} with ${channels}. Change imageSize and imageChannels, or --size.`,
    'CONFIG',
  );
}

/** A test split all of whose pictures are grey belongs to a set in colour all the same. */
function asLike(test: ImageDataset, train: ImageDataset): ImageDataset {
  if (test.channels === train.channels) return test;
  if (test.channels === 3) {
    throw new DataError(
      'train: the pictures of the train split are grey, those of the test split are not. Mix them, or convert them.',
      'BAD_INPUT',
    );
  }
  const images = new Uint8Array(test.images.length * 3);
  test.images.forEach((value, index) => images.fill(value, 3 * index, 3 * index + 3));
  return { ...test, channels: 3, images };
}

function holdOut(dataset: ImageDataset): TrainingData {
  const rows = Array.from({ length: dataset.count }, (_, row) => row);
  const isHeldOut = (row: number) => row % Math.min(heldOutShare, dataset.count) === 0;
  return {
    dataset: selectRows(
      dataset,
      rows.filter((row) => !isHeldOut(row)),
    ),
    heldOut: { ...selectRows(dataset, rows.filter(isHeldOut)), split: 'test' },
  };
}
