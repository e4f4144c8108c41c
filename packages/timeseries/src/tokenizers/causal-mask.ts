import { additiveMask } from '@nextx/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Lets each of `rows` new tokens see the `before` remembered ones, those before it, and itself.
 *
 * @returns `[rows, before + rows]`, 0 or a large negative number, owned by the caller; undefined for one row, which sees all.
 */
export function causalMask(rows: number, before = 0): Tensor2D | undefined {
  if (rows === 1) return undefined;
  const columns = before + rows;
  const visible = Uint8Array.from({ length: rows * columns }, (_, index) =>
    index % columns <= before + Math.floor(index / columns) ? 1 : 0,
  );
  return additiveMask(visible, columns);
}
