import { OptionError } from '@nextx/core';
import { reshape, stridedSlice, tidy, tile } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/**
 * Cuts rows into segments that do not overlap, one token each.
 *
 * @param rows  `[R, T]`, T a multiple of S; borrowed.
 * @returns `[R, T / S, S]`; owned by the caller.
 * @throws {OptionError} if the segments do not cover the rows exactly.
 */
export function segmentsOf(rows: Tensor2D, segment: number): Tensor3D {
  const [count, length] = rows.shape;
  if (length === 0 || length % segment !== 0) {
    throw new OptionError(
      `segmentsOf: a window must hold whole segments of ${segment} values, got ${length}. Cut its beginning off.`,
    );
  }
  return reshape(rows, [count, length / segment, segment]);
}

/**
 * What is known of the time at which each segment begins, for the rows of `channelRows`.
 *
 * @param marks  `[B, T, F]`, one row a time; borrowed.
 * @param options  `segments`: how many, from the first; `variates` share the marks of their sample.
 * @returns `[B · V, segments, F]`; owned by the caller.
 */
export function segmentMarks(
  marks: Tensor3D,
  {
    segment,
    segments,
    variates,
  }: { readonly segment: number; readonly segments: number; readonly variates: number },
): Tensor3D {
  const [batch, , features] = marks.shape;
  return tidy(() => {
    const end = [batch, (segments - 1) * segment + 1, features];
    const starts = stridedSlice(marks, [0, 0, 0], end, [1, segment, 1]);
    const repeated = tile(reshape(starts, [batch, 1, segments * features]), [1, variates, 1]);
    return reshape(repeated, [batch * variates, segments, features]);
  });
}
