import type { Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from './errors.ts';

/** Expected extents; `null` fits any. */
export type ShapePattern = readonly (number | null)[];

/**
 * Checks a shape at a public entry point.
 *
 * @param where  Who asks and for what, `'linear: x'`.
 * @throws {ShapeError} if the rank or an extent differs.
 */
export function assertShape(
  where: string,
  tensor: Pick<Tensor, 'shape'>,
  pattern: ShapePattern,
): void {
  const { shape } = tensor;
  const fits =
    shape.length === pattern.length &&
    pattern.every((extent, axis) => extent === null || extent === shape[axis]);
  if (fits) return;
  const expected = pattern.map((extent) => extent ?? '*').join(', ');
  throw new ShapeError(
    `${where}: must have shape [${expected}], got [${shape.join(', ')}]. Check the sizes of the model and of what it was given.`,
  );
}

/** Number of elements of a shape. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
