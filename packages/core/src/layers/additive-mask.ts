import { tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** What a hidden key adds to its score: far below any real score, and finite, so that no row gives NaN. */
export const hiddenScore = -1e9;

/**
 * A mask that is added to attention scores.
 *
 * @param visible  `[rows, columns]`, row-major, 1 where a query may attend to a key.
 * @returns `[rows, columns]`, 0 or -1e9; owned by the caller.
 */
export function additiveMask(visible: Uint8Array, columns: number): Tensor2D {
  const scores = Float32Array.from(visible, (isVisible) => (isVisible === 1 ? 0 : hiddenScore));
  return tensor2d(scores, [visible.length / columns, columns]);
}
