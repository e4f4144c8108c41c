import { featureStatistics, type Features } from './feature-statistics.ts';
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
 * Fréchet distance of two sets of pictures in the first 64 principal components of pixels / 255. A stand-in for FID that
 * needs no network. It falls as the number of pictures grows: print both counts beside it.
 */
export function frechetPca64(
  components: PrincipalComponents,
  a: PictureBytes,
  b: PictureBytes,
): number {
  const statistics = (pictures: PictureBytes) =>
    featureStatistics(projectOnComponents(components, unitPixels(pictures)));
  return frechetDistance(statistics(a), statistics(b));
}

function unitPixels({ values, count }: PictureBytes): Features {
  const size = values.length / count;
  return { values: Float32Array.from(values, (value) => value / 255), count, size };
}
