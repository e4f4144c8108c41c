import {
  add,
  customGrad,
  erf,
  exp,
  mul,
  sigmoid,
  square,
  sub,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { hasFusedKernels, runFusedKernel } from './fused-kernels.ts';
import { inferLinear, linear } from './linear.ts';
import type { LinearParams } from './linear.ts';

/** An elementwise function of a tensor; the result has the shape of the argument. */
export type Activation = <T extends Tensor>(x: T) => T;

const tanhScale = 2 * Math.sqrt(2 / Math.PI);
const cubicScale = 0.044715 * tanhScale;

/**
 * GELU by its tanh approximation (Hendrycks and Gimpel 2016), `x · sigmoid(2 √(2/π) (x + 0.044715 x³))`,
 * which is the same function: (1 + tanh u) / 2 = sigmoid(2u). One tape entry instead of ten.
 */
export const geluTanh: Activation = (x) =>
  gated(x, {
    kind: 0,
    gate: (values) => sigmoid(mul(values, add(mul(square(values), cubicScale), tanhScale))),
    slope: (values, open) => {
      const inner = mul(values, add(mul(square(values), 3 * cubicScale), tanhScale));
      return mul(open, add(mul(inner, sub(1, open)), 1));
    },
  });

/** GELU, exactly: `x · Φ(x)` with the normal distribution function Φ. */
export const geluErf: Activation = (x) =>
  gated(x, {
    kind: 1,
    gate: (values) => mul(add(erf(mul(values, Math.SQRT1_2)), 1), 0.5),
    slope: (values, open) => {
      const density = mul(exp(mul(square(values), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return add(open, mul(values, density));
    },
  });

/** SiLU, also called swish: `x · sigmoid(x)`. */
export const silu: Activation = (x) =>
  gated(x, {
    kind: 2,
    gate: (values) => sigmoid(values),
    slope: (values, open) => mul(open, add(mul(values, sub(1, open)), 1)),
  });

/** Numbers of the activations in the fused kernels. */
const kinds: ReadonlyMap<Activation, number> = new Map([
  [geluTanh, 0],
  [geluErf, 1],
  [silu, 2],
]);

/**
 * `activation(x · weight + bias)`, in one pass behind the product where the engine has it.
 *
 * @param x  `[..., C]`; borrowed.
 * @returns `[..., E]`; owned by the caller.
 */
export function activatedLinear<T extends Tensor>(
  activation: Activation,
  params: LinearParams,
  x: T,
): T {
  const { weight, bias } = params;
  const kind = kinds.get(activation);
  const inferred = kind === undefined ? undefined : inferLinear(params, x, kind);
  if (inferred !== undefined) return inferred;
  if (bias === undefined || kind === undefined || !hasFusedKernels()) {
    return tidy(() => activation(linear(params, x)));
  }
  return tidy(() => fusedActivation(kind)(linear({ weight }, x), bias)) as T;
}

/** An activation of the form `x · gate(x)`. */
interface GatedForm {
  /** Its number in the fused kernels. */
  readonly kind: number;
  readonly gate: (x: Tensor) => Tensor;
  readonly slope: (x: Tensor, open: Tensor) => Tensor;
}

/** `x · gate(x)`, whose derivative reuses the gate; one kernel each where the engine has them. */
function gated<T extends Tensor>(x: T, form: GatedForm): T {
  return tidy(() => (hasFusedKernels() ? fused(form) : composed(form))(x)) as T;
}

function composed({ gate, slope }: GatedForm): (...inputs: Tensor[]) => Tensor {
  return customGrad((input, save) => {
    const values = input as Tensor;
    const open = gate(values);
    (save as (tensors: Tensor[]) => void)([values, open]);
    return {
      value: mul(values, open),
      gradFunc: (dy: Tensor, [saved, savedGate]: Tensor[]) =>
        tidy(() => mul(dy, slope(saved, savedGate))),
    };
  });
}

function fused({ kind }: GatedForm): (...inputs: Tensor[]) => Tensor {
  const operation = fusedActivation(kind);
  return (x) => operation(x, tensor1d([]));
}

/** `activation(x + bias)` by the engine's kernels; its derivative by both is one kernel. */
function fusedActivation(kind: number): (...inputs: Tensor[]) => Tensor {
  return customGrad((...given) => {
    const [x, bias] = given as Tensor[];
    const save = given[2] as (tensors: Tensor[]) => void;
    save([x, bias]);
    return {
      value: runFusedKernel('NextxActivation', { x, bias }, { kind })[0],
      gradFunc: (dy: Tensor, [savedX, savedBias]: Tensor[]) =>
        runFusedKernel('NextxActivationGrad', { x: savedX, bias: savedBias, dy }, { kind }),
    };
  });
}
