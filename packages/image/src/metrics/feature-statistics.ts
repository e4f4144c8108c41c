import { DataError, NumericError, ShapeError } from '@nextx/core';

/** Samples that are summed at once. */
const blockRows = 64;

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

/** Upper half, blocks of samples by tiles of 2 x 4 features, so that sums stay in registers; then mirrored. */
function covarianceOf({ values, count, size }: Features, mean: Float64Array): Float64Array {
  const width = Math.ceil(size / 4) * 4;
  const sums = new Float64Array(width * width);
  const block = new Float64Array(width * blockRows);
  for (let start = 0; start < count; start += blockRows) {
    const rows = Math.min(blockRows, count - start);
    if (rows < blockRows) block.fill(0);
    for (let r = 0; r < rows; r++) {
      const from = (start + r) * size;
      for (let d = 0; d < size; d++) block[d * blockRows + r] = values[from + d] - mean[d];
    }
    for (let i = 0; i < width; i += 2) {
      for (let j = i - (i % 4); j < width; j += 4) addTile(sums, block, { i, j, width });
    }
  }
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      covariance[i * size + j] = sums[i * width + j] / (count - 1);
      covariance[j * size + i] = covariance[i * size + j];
    }
  }
  return covariance;
}

function addTile(
  sums: Float64Array,
  block: Float64Array,
  { i, j, width }: { readonly i: number; readonly j: number; readonly width: number },
): void {
  const a = i * blockRows;
  const b = j * blockRows;
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let r = 0; r < blockRows; r++) {
    const x = block[a + r];
    const y = block[a + blockRows + r];
    const c0 = block[b + r];
    const c1 = block[b + blockRows + r];
    const c2 = block[b + 2 * blockRows + r];
    const c3 = block[b + 3 * blockRows + r];
    a0 += x * c0;
    a1 += x * c1;
    a2 += x * c2;
    a3 += x * c3;
    b0 += y * c0;
    b1 += y * c1;
    b2 += y * c2;
    b3 += y * c3;
  }
  const first = i * width + j;
  const second = first + width;
  sums[first] += a0;
  sums[first + 1] += a1;
  sums[first + 2] += a2;
  sums[first + 3] += a3;
  sums[second] += b0;
  sums[second + 1] += b1;
  sums[second + 2] += b2;
  sums[second + 3] += b3;
}
