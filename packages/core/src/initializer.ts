import { fill, ones, tensor, zeros } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { normals, uniforms } from './random/draw.ts';
import { foldIn } from './random/threefry.ts';
import type { Key } from './random/threefry.ts';
import { sizeOfShape } from './shape.ts';

/** Makes initial values, one fresh stream of random numbers for each tensor asked for. */
export interface Initializer {
  /** Normal values around zero. */
  normal(shape: readonly number[], standardDeviation: number): Tensor;
  /** Normal values redrawn into two standard deviations, as `trunc_normal_` of most papers. */
  truncatedNormal(shape: readonly number[], standardDeviation: number): Tensor;
  /** Uniform values in [-bound, bound). */
  uniform(shape: readonly number[], bound: number): Tensor;
  zeros(shape: readonly number[]): Tensor;
  ones(shape: readonly number[]): Tensor;
  /** The same value everywhere. */
  constant(shape: readonly number[], value: number): Tensor;
}

/** An initializer whose n-th request draws from `foldIn(key, n)`. */
export function initializer(key: Key): Initializer {
  let requests = 0;
  const nextKey = () => foldIn(key, requests++);
  return {
    normal(shape, standardDeviation) {
      const values = normals(nextKey(), sizeOfShape(shape));
      return floats(
        shape,
        values.map((value) => value * standardDeviation),
      );
    },
    truncatedNormal(shape, standardDeviation) {
      const size = sizeOfShape(shape);
      const key = nextKey();
      const values = truncate(normals(foldIn(key, 0), size), key);
      return floats(
        shape,
        values.map((value) => value * standardDeviation),
      );
    },
    uniform(shape, bound) {
      const values = uniforms(nextKey(), sizeOfShape(shape));
      return floats(
        shape,
        values.map((value) => (2 * value - 1) * bound),
      );
    },
    zeros: (shape) => zeros([...shape]),
    ones: (shape) => ones([...shape]),
    constant: (shape, value) => fill([...shape], value),
  };
}

/** Redraws what lies outside two standard deviations (4.6 % of a round) until nothing does. */
function truncate(values: Float64Array, key: Key): Float64Array {
  for (let round = 1; ; round++) {
    const outside: number[] = [];
    values.forEach((value, index) => {
      if (Math.abs(value) > 2) outside.push(index);
    });
    if (outside.length === 0) return values;
    const redrawn = normals(foldIn(key, round), outside.length);
    outside.forEach((index, draw) => {
      values[index] = redrawn[draw];
    });
  }
}

function floats(shape: readonly number[], values: Float64Array): Tensor {
  return tensor(Float32Array.from(values), [...shape], 'float32');
}
