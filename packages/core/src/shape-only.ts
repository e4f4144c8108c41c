import type { Tensor } from '@tensorflow/tfjs-core';
import type { Initializer } from './initializer.ts';
import { sizeOfShape } from './shape.ts';

/**
 * An initializer that allocates nothing: its tensors have a shape and no values. They may be named, mapped and
 * disposed, never computed with. Models of any size are checked with it before a byte of theirs is read.
 */
export function shapeOnly(): Initializer {
  return {
    normal: standIn,
    truncatedNormal: standIn,
    uniform: standIn,
    zeros: standIn,
    ones: standIn,
    constant: standIn,
  };
}

function standIn(shape: readonly number[]): Tensor {
  const tensor = {
    shape: [...shape],
    size: sizeOfShape(shape),
    rank: shape.length,
    dtype: 'float32',
    dataId: {},
    isDisposed: false,
    dispose: () => undefined,
  };
  // What names, maps and disposes trees of weights reads of a tensor; whoever computes with it fails at once.
  return tensor as unknown as Tensor;
}
