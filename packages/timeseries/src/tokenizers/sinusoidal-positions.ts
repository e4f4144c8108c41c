import { tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Fixed position embeddings (Vaswani et al. 2017, section 3.5): column 2k is the sine and 2k + 1 the cosine of
 * `position · 10000^(-2k / width)`.
 *
 * @param range  First position, and the one behind the last.
 * @returns `[positions, width]`; owned by the caller.
 */
export function sinusoidalPositions(
  [from, to]: readonly [number, number],
  width: number,
): Tensor2D {
  const table = Float32Array.from({ length: (to - from) * width }, (_, index) => {
    const column = index % width;
    const position = from + Math.floor(index / width);
    const angle = position * 10_000 ** (-(column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tensor2d(table, [to - from, width]);
}
