import { OptionError, ShapeError } from '@nextx/core';
import { featureStatistics, type Features } from './feature-statistics.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** A fitted principal component analysis, without whitening. */
export interface PrincipalComponents {
  /** Length of an input vector. */
  readonly size: number;
  /** Number of components kept. */
  readonly count: number;
  /** `[size]` */
  readonly mean: Float64Array;
  /** `[count, size]` row-major unit vectors, largest variance first. */
  readonly vectors: Float64Array;
  /** `[count]` variance along each component. */
  readonly variances: Float64Array;
}

/**
 * Fits principal components.
 *
 * @param count  Components to keep, 1 to the size of a vector.
 * @throws {OptionError} if `count` is outside its range.
 */
export function fitPrincipalComponents(features: Features, count: number): PrincipalComponents {
  const { size } = features;
  if (!Number.isInteger(count) || count < 1 || count > size) {
    throw new OptionError(
      `fitPrincipalComponents: count must be a whole number from 1 to ${size}, got ${count}.`,
    );
  }
  const { mean, covariance } = featureStatistics(features);
  const { values, vectors } = symmetricEigen(covariance, size);
  return {
    size,
    count,
    mean,
    vectors: vectors.slice(0, count * size),
    variances: values.slice(0, count),
  };
}

/**
 * Coordinates of vectors along the components.
 *
 * @returns `[N, count]` features.
 * @throws {ShapeError} if the vectors have another size than the fitted ones.
 */
export function projectOnComponents(components: PrincipalComponents, features: Features): Features {
  const { size, count, mean, vectors } = components;
  if (features.size !== size) {
    throw new ShapeError(
      `projectOnComponents: vectors must have ${size} values, got ${features.size}.`,
    );
  }
  const values = new Float64Array(features.count * count);
  const centered = new Float64Array(size);
  const padded = new Float64Array(Math.ceil(count / 4) * 4 * size);
  padded.set(vectors);
  for (let n = 0; n < features.count; n++) {
    for (let d = 0; d < size; d++) centered[d] = features.values[n * size + d] - mean[d];
    for (let k = 0; k < count; k += 4) {
      const row = k * size;
      let first = 0;
      let second = 0;
      let third = 0;
      let fourth = 0;
      for (let d = 0; d < size; d++) {
        const value = centered[d];
        first += value * padded[row + d];
        second += value * padded[row + size + d];
        third += value * padded[row + 2 * size + d];
        fourth += value * padded[row + 3 * size + d];
      }
      const sums = [first, second, third, fourth];
      for (let t = 0; t < Math.min(4, count - k); t++) values[n * count + k + t] = sums[t];
    }
  }
  return { values, count: features.count, size: count };
}
