import { ShapeError } from '@nextx/core';
import type { FeatureStatistics } from './feature-statistics.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/**
 * Fréchet distance of two Gaussians, `|mu1 - mu2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))` (Heusel et al. 2017), in float64.
 * The trace of the root is the sum of the square roots of the eigenvalues of `S1^(1/2) S2 S1^(1/2)`, which is symmetric.
 * The score falls as the number of samples grows: print the counts of both sides with it.
 *
 * @throws {ShapeError} if the feature sizes differ.
 */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): number {
  const { size } = a;
  if (b.size !== size) {
    throw new ShapeError(
      `frechetDistance: both sides must have the same features, got ${size} and ${b.size} of them.`,
    );
  }
  let distance = 0;
  for (let i = 0; i < size; i++) {
    distance += (a.mean[i] - b.mean[i]) ** 2;
    distance += a.covariance[i * size + i] + b.covariance[i * size + i];
  }
  const root = symmetricRoot(a.covariance, size);
  const product = multiply(multiply(root, b.covariance, size), root, size);
  const { values } = symmetricEigen(product, size);
  return distance - 2 * values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

function symmetricRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, size);
  const scaled = vectors.map(
    (value, i) => value * Math.max(0, values[Math.floor(i / size)]) ** 0.25,
  );
  return multiply(transpose(scaled, size), scaled, size);
}

function transpose(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % size) * size + Math.floor(i / size)]);
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k];
      for (let j = 0; j < size; j++) result[i * size + j] += factor * b[k * size + j];
    }
  }
  return result;
}
