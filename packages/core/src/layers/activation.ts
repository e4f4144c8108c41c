import { add, customGrad, erf, exp, mul, sigmoid, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** An elementwise function of a tensor; the result has the shape of the argument. */
export type Activation = <T extends Tensor>(x: T) => T;

const tanhScale = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/**
 * GELU by its tanh approximation (Hendrycks and Gimpel 2016), `x · sigmoid(2 √(2/π) (x + 0.044715 x³))`,
 * which is the same function: (1 + tanh u) / 2 = sigmoid(2u). One tape entry instead of ten.
 */
export const geluTanh: Activation = (x) =>
  withDerivative(
    x,
    (values) => mul(values, gate(values)),
    (values) => {
      const open = gate(values);
      const slope = add(mul(square(values), 3 * cubic * tanhScale), tanhScale);
      return add(open, mul(mul(values, slope), mul(open, sub(1, open))));
    },
  );

/** GELU, exactly: `x · Φ(x)` with the normal distribution function Φ. */
export const geluErf: Activation = (x) =>
  withDerivative(
    x,
    (values) => mul(values, normalDistribution(values)),
    (values) => {
      const density = mul(exp(mul(square(values), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return add(normalDistribution(values), mul(values, density));
    },
  );

/** SiLU, also called swish: `x · sigmoid(x)`. */
export const silu: Activation = (x) =>
  withDerivative(
    x,
    (values) => mul(values, sigmoid(values)),
    (values) => {
      const open = sigmoid(values);
      return mul(open, add(mul(values, sub(1, open)), 1));
    },
  );

function gate(x: Tensor): Tensor {
  return sigmoid(mul(x, add(mul(square(x), cubic * tanhScale), tanhScale)));
}

function normalDistribution(x: Tensor): Tensor {
  return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
}

function withDerivative<T extends Tensor>(
  x: T,
  value: (x: Tensor) => Tensor,
  derivative: (x: Tensor) => Tensor,
): T {
  const operation = customGrad((input, save) => {
    const values = input as Tensor;
    (save as (tensors: Tensor[]) => void)([values]);
    return {
      value: tidy(() => value(values)),
      gradFunc: (dy: Tensor, [saved]: Tensor[]) => tidy(() => mul(dy, derivative(saved))),
    };
  });
  return operation(x) as T;
}
