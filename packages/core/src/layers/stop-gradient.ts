import { customGrad, zerosLike } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The same values with a derivative of zero. Owned by the caller. */
export function stopGradient<T extends Tensor>(x: T): T {
  const operation = customGrad((input) => ({
    value: (input as Tensor).clone(),
    gradFunc: (dy: Tensor) => zerosLike(dy),
  }));
  return operation(x) as T;
}
