import { DataError, OptionError, ShapeError } from '@nextx/core';
import { assertFeatures, type Features } from './feature-statistics.ts';

/** Shares between 0 and 1 of two sets of equal size. */
export interface PrecisionRecall {
  /** Share of generated samples inside the k-NN ball of some real sample: how real they look. */
  readonly precision: number;
  /** Share of real samples inside the k-NN ball of some generated sample: how much of the data is covered. */
  readonly recall: number;
}

/** Counts that outliers in the real data disturb less than precision and recall. */
export interface DensityCoverage {
  /** Mean number of real k-NN balls around a generated sample, divided by k; may exceed 1. */
  readonly density: number;
  /** Share of real samples with a generated sample in their k-NN ball. */
  readonly coverage: number;
}

/**
 * Improved precision and recall (Kynkaanniemi et al. 2019) of feature vectors.
 *
 * @param k  Neighbors that make a ball, the sample itself not counted. @defaultValue 3
 * @throws {DataError} TOO_SHORT if a set has no more than `k` samples.
 * @throws {ShapeError} if the sets differ in number or size: the score depends on both.
 */
export function precisionRecall(
  real: Features,
  generated: Features,
  { k = 3 }: { readonly k?: number } = {},
): PrecisionRecall {
  assertComparable('precisionRecall', [real, generated], k);
  const covered = (balls: Features, points: Features): number => {
    const radii = neighborRadii(balls, k);
    let inside = 0;
    for (let n = 0; n < points.count; n++) {
      for (let m = 0; m < balls.count; m++) {
        if (squaredDistance(points, n, { of: balls, at: m }) <= radii[m]) {
          inside++;
          break;
        }
      }
    }
    return inside / points.count;
  };
  return { precision: covered(real, generated), recall: covered(generated, real) };
}

/**
 * Density and coverage (Naeem et al. 2020) of feature vectors.
 *
 * @param k  Neighbors that make a ball, the sample itself not counted. @defaultValue 5
 * @throws {DataError} TOO_SHORT if a set has no more than `k` samples.
 * @throws {ShapeError} if the sets differ in number or size.
 */
export function densityCoverage(
  real: Features,
  generated: Features,
  { k = 5 }: { readonly k?: number } = {},
): DensityCoverage {
  assertComparable('densityCoverage', [real, generated], k);
  const radii = neighborRadii(real, k);
  let hits = 0;
  let covered = 0;
  for (let m = 0; m < real.count; m++) {
    let inBall = 0;
    for (let n = 0; n < generated.count; n++) {
      if (squaredDistance(generated, n, { of: real, at: m }) < radii[m]) inBall++;
    }
    hits += inBall;
    if (inBall > 0) covered++;
  }
  return { density: hits / (k * generated.count), coverage: covered / real.count };
}

/** `[N]` squared distance from each sample to its k-th nearest other sample. */
function neighborRadii(features: Features, k: number): Float64Array {
  return Float64Array.from({ length: features.count }, (_, n) => {
    const nearest = new Float64Array(k).fill(Infinity);
    for (let m = 0; m < features.count; m++) {
      if (m === n) continue;
      const distance = squaredDistance(features, n, { of: features, at: m });
      if (distance >= nearest[k - 1]) continue;
      let place = k - 1;
      while (place > 0 && nearest[place - 1] > distance) {
        nearest[place] = nearest[place - 1];
        place--;
      }
      nearest[place] = distance;
    }
    return nearest[k - 1];
  });
}

function squaredDistance(
  a: Features,
  n: number,
  { of, at }: { readonly of: Features; readonly at: number },
): number {
  const { size } = a;
  let sum = 0;
  for (let d = 0; d < size; d++) sum += (a.values[n * size + d] - of.values[at * size + d]) ** 2;
  return sum;
}

function assertComparable(where: string, [a, b]: readonly [Features, Features], k: number): void {
  assertFeatures(where, a);
  assertFeatures(where, b);
  if (!Number.isInteger(k) || k < 1) {
    throw new OptionError(`${where}: k must be a whole number of at least 1, got ${k}.`);
  }
  if (a.count !== b.count || a.size !== b.size) {
    throw new ShapeError(
      `${where}: both sets must have the same number and size of features, got ${a.count} x ${a.size} and ` +
        `${b.count} x ${b.size}. Take equally many of each.`,
    );
  }
  if (a.count <= k) {
    throw new DataError(
      `${where}: ${k} neighbors need at least ${k + 1} samples, got ${a.count}. Give more pictures.`,
      'TOO_SHORT',
    );
  }
}
