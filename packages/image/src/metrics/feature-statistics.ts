import { DataError, NumericError, ShapeError } from '@nextx/core';

/** Feature vectors of many samples. */
export interface Features {
  /** `[N, D]` row-major. */
  readonly values: ArrayLike<number>;
  /** Number of samples, N. */
  readonly count: number;
  /** Length of one vector, D. */
  readonly size: number;
}

/** Mean and unbiased covariance (divided by n - 1) of feature vectors, in float64. */
export interface FeatureStatistics {
  readonly count: number;
  readonly size: number;
  /** `[D]` */
  readonly mean: Float64Array;
  /** `[D, D]` row-major. */
  readonly covariance: Float64Array;
}

/**
 * Checks that feature vectors are whole.
 *
 * @throws {ShapeError} if there are not `count * size` values.
 */
export function assertFeatures(where: string, { values, count, size }: Features): void {
  if (!Number.isInteger(count) || !Number.isInteger(size) || values.length !== count * size) {
    throw new ShapeError(
      `${where}: ${count} vectors of ${size} need ${count * size} values, got ${values.length}.`,
    );
  }
}

/**
 * Mean and covariance of feature vectors.
 *
 * @throws {DataError} TOO_SHORT for fewer than two samples.
 * @throws {NumericError} if a value is NaN or infinite.
 */
export function featureStatistics(features: Features): FeatureStatistics {
  assertFeatures('featureStatistics', features);
  const { values, count, size } = features;
  if (count < 2) {
    throw new DataError(
      `featureStatistics: a covariance needs at least 2 samples, got ${count}. Give more pictures.`,
      'TOO_SHORT',
    );
  }
  const mean = new Float64Array(size);
  for (let i = 0; i < values.length; i++) mean[i % size] += values[i] / count;
  if (!mean.every(Number.isFinite)) {
    throw new NumericError(
      'featureStatistics: every feature must be finite. Check the pictures and the weights.',
    );
  }
  return { count, size, mean, covariance: covarianceOf(features, mean) };
}

/** Upper half by blocks of samples, so that the block of rows stays in the cache; then mirrored. */
function covarianceOf({ values, count, size }: Features, mean: Float64Array): Float64Array {
  const covariance = new Float64Array(size * size);
  const blockRows = 64;
  const block = new Float64Array(size * blockRows);
  for (let start = 0; start < count; start += blockRows) {
    const rows = Math.min(blockRows, count - start);
    for (let d = 0; d < size; d++) {
      for (let r = 0; r < rows; r++) {
        block[d * blockRows + r] = values[(start + r) * size + d] - mean[d];
      }
    }
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) sum += block[i * blockRows + r] * block[j * blockRows + r];
        covariance[i * size + j] += sum;
      }
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      covariance[i * size + j] /= count - 1;
      covariance[j * size + i] = covariance[i * size + j];
    }
  }
  return covariance;
}
