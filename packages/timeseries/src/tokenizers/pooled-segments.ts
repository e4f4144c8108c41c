import { OptionError } from '@nextx/core';
import { max, reshape, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';

/**
 * Segments at a coarser rate: the largest of every `rate` successive values (Liu et al. 2024, GPHT, section 3.2). No group
 * crosses the border of a segment.
 *
 * @param segments  `[R, N, S]`; borrowed.
 * @returns `[R, N, S / rate]`; owned by the caller.
 * @throws {OptionError} if the rate does not divide the segment.
 */
export function pooledSegments(segments: Tensor3D, rate: number): Tensor3D {
  const [rows, count, segment] = segments.shape;
  if (segment % rate !== 0) {
    throw new OptionError(
      `pooledSegments: the rate must divide segments of ${segment} values, got ${rate}. Choose a divisor.`,
    );
  }
  return tidy(() => max(reshape(segments, [rows, count, segment / rate, rate]), 3));
}
