import { keyFromSeed, permutation, ShapeError } from '@nextx/core';
import type { ImageDataset } from '../data/image-dataset.ts';
import { featureStatistics, type Features } from '../metrics/feature-statistics.ts';
import { frechetDistance } from '../metrics/frechet-distance.ts';
import { fitPca64, pca64Statistics } from '../metrics/frechet-pca.ts';
import type { JudgeParams } from '../metrics/judge.ts';
import { judgePictures, type JudgedPictures } from '../metrics/judge-pictures.ts';
import { densityCoverage, precisionRecall } from '../metrics/precision-recall.ts';

/** How far some pictures are from real ones; figures that could not be had are absent. */
export interface PictureDistances {
  /** Pictures that were measured. */
  readonly count: number;
  /** Real pictures they were measured against. */
  readonly realCount: number;
  /** Along 64 principal components of the pixels; absent for pictures of more than 1,024 values. */
  readonly frechetPca64?: number;
  /** In the judge's features; needs a judge. */
  readonly frechetJudge?: number;
  /** Of the judge's features, 2,000 pictures of each side; absent for 3 or fewer. */
  readonly precision?: number;
  readonly recall?: number;
  readonly density?: number;
  readonly coverage?: number;
}

/** What distances are measured with: real pictures, looked at once. */
export interface PictureRuler {
  /** Distances of some pictures from the real ones. @throws {ShapeError} if they are of another size. */
  measure(pictures: JudgedPictures): Promise<PictureDistances>;
}

/** Real pictures, and what looks at them. */
export interface PictureRulerOptions {
  /** The principal components are fitted on its first 20,000 pictures. */
  readonly train: ImageDataset;
  /** Pictures that others are measured against. */
  readonly real: ImageDataset;
  /** Borrowed. */
  readonly judge?: JudgeParams;
}

/** The components are those of a square matrix of this side: more take minutes. */
const maxValues = 1024;
/** Pictures of each side for precision and recall. */
const neighborCount = 2000;
/** Precision and recall need more samples than neighbors (density takes 5). */
const leastNeighborCount = 6;

/** Looks at the real pictures. */
export async function pictureRuler({
  train,
  real,
  judge,
}: PictureRulerOptions): Promise<PictureRuler> {
  const size = real.width * real.height * real.channels;
  const pixelDistance = size > maxValues ? undefined : pixelRuler(train, real);
  const judgeDistance = judge === undefined ? undefined : await featureRuler(judge, real);
  return {
    measure: async (pictures) => {
      assertSameSize(real, pictures);
      return {
        count: pictures.count,
        realCount: real.count,
        ...pixelDistance?.(pictures),
        ...(await judgeDistance?.(pictures)),
      };
    },
  };
}

function pixelRuler(
  train: ImageDataset,
  real: ImageDataset,
): (pictures: JudgedPictures) => Pick<PictureDistances, 'frechetPca64'> {
  const components = fitPca64({ values: train.images, count: train.count });
  const statistics = (pictures: JudgedPictures) =>
    pca64Statistics(components, { values: pictures.images, count: pictures.count });
  const expected = statistics(real);
  return (pictures) => ({ frechetPca64: frechetDistance(statistics(pictures), expected) });
}

async function featureRuler(
  judge: JudgeParams,
  real: ImageDataset,
): Promise<(pictures: JudgedPictures) => Promise<Partial<PictureDistances>>> {
  const { features: expected } = await judgePictures(judge, real);
  const statistics = featureStatistics(expected);
  return async (pictures) => {
    const { features } = await judgePictures(judge, pictures);
    const frechetJudge = frechetDistance(featureStatistics(features), statistics);
    const used = Math.min(neighborCount, features.count, expected.count);
    if (used < leastNeighborCount) return { frechetJudge };
    const [a, b] = [someOf(expected, used), someOf(features, used)];
    return { frechetJudge, ...precisionRecall(a, b), ...densityCoverage(a, b) };
  };
}

/** So many vectors drawn without order, the same ones each time: classes may stand in any order. */
function someOf({ values, count, size }: Features, wanted: number): Features {
  const chosen = new Float64Array(wanted * size);
  const order = permutation(keyFromSeed(0n), count);
  for (let n = 0; n < wanted; n++) {
    for (let d = 0; d < size; d++) chosen[n * size + d] = values[order[n] * size + d];
  }
  return { values: chosen, count: wanted, size };
}

function assertSameSize(real: ImageDataset, pictures: JudgedPictures): void {
  const isSame =
    real.width === pictures.width &&
    real.height === pictures.height &&
    real.channels === pictures.channels;
  if (
    isSame &&
    pictures.images.length === pictures.count * real.width * real.height * real.channels
  )
    return;
  throw new ShapeError(
    `pictureRuler: pictures must be ${real.width} x ${real.height} with ${real.channels} channels as the real ones, got ` +
      `${pictures.count} of ${pictures.width} x ${pictures.height} with ${pictures.channels} in ${pictures.images.length} values.`,
  );
}
