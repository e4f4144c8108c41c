import { featureStatistics, type Features, type FeatureStatistics } from './feature-statistics.ts';
import { frechetDistance } from './frechet-distance.ts';
import {
  fitPrincipalComponents,
  projectOnComponents,
  type PrincipalComponents,
} from './principal-components.ts';

const componentCount = 64;
const fitCount = 20_000;

/** Pictures of one size as bytes, `[N, H * W * C]` row-major. */
export interface PictureBytes {
  readonly values: Uint8Array;
  /** Number of pictures, N. */
  readonly count: number;
}

/**
 * The ruler of `frechetPca64`: 64 principal components of pixels / 255, fitted on the first 20,000 training pictures
 * (all of them when there are fewer), not whitened.
 */
export function fitPca64(train: PictureBytes): PrincipalComponents {
  const size = train.values.length / train.count;
  const count = Math.min(train.count, fitCount);
  const fitted = unitPixels({ values: train.values.subarray(0, count * size), count });
  return fitPrincipalComponents(fitted, Math.min(componentCount, size));
}

/**
 * Mean and covariance of pictures along the ruler's components; what is compared more than once is measured once.
 */
export function pca64Statistics(
  components: PrincipalComponents,
  pictures: PictureBytes,
): FeatureStatistics {
  return featureStatistics(projectOnComponents(components, unitPixels(pictures)));
}

/**
 * Fréchet distance of two sets of pictures in the first 64 principal components of pixels / 255. A stand-in for FID that
 * needs no network. It falls as the number of pictures grows: print both counts beside it.
 */
export function frechetPca64(
  components: PrincipalComponents,
  a: PictureBytes,
  b: PictureBytes,
): number {
  return frechetDistance(pca64Statistics(components, a), pca64Statistics(components, b));
}

function unitPixels({ values, count }: PictureBytes): Features {
  const size = values.length / count;
  const unit = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) unit[i] = values[i] / 255;
  return { values: unit, count, size };
}
