import type * as tfjs from '@tensorflow/tfjs-core';
import { matrixProduct } from './matrix-product.ts';

/** Above as many rows TensorFlow's product is faster than that of `matrix-product.h.ts`. */
const mostRows = 144;

/** What a linear layer is computed with. */
export interface LinearKernels {
  /** `NextxLinear` of the build. */
  readonly own: tfjs.KernelFunc;
  /** `NextxActivation` of the build. */
  readonly activation: tfjs.KernelFunc;
  readonly reshape: tfjs.KernelFunc;
}

/** `activation(x · weight + bias)`: one operation for few rows, TensorFlow's product and a pass behind it for many. */
export function linearKernel({ own, activation, reshape }: LinearKernels): tfjs.KernelFunc {
  return (call) => {
    const { x, weight, bias } = call.inputs as Record<'x' | 'weight' | 'bias', tfjs.TensorInfo>;
    const [inFeatures, outFeatures] = weight.shape as [number, number];
    const leading = x.shape.slice(0, -1);
    const rows = leading.reduce((product, extent) => product * extent, 1);
    if (rows <= mostRows) return own(call);
    const passes: ((y: tfjs.TensorInfo) => tfjs.TensorInfo)[] = [
      (matrix) => matrixProduct(call.backend, { a: matrix, b: weight }),
    ];
    if (bias.shape[0] !== 0 || Number(call.attrs?.['kind']) >= 0) {
      passes.push((y) => first(activation({ ...call, inputs: { x: y, bias } })));
    }
    if (leading.length !== 1) {
      const shaped = (tensor: tfjs.TensorInfo, shape: number[]): tfjs.TensorInfo =>
        first(reshape({ ...call, inputs: { x: tensor }, attrs: { shape } }));
      passes.unshift((given) => shaped(given, [rows, inFeatures]));
      passes.push((y) => shaped(y, [...leading, outFeatures]));
    }
    return passes.reduce((given, pass) => {
      const y = pass(given);
      if (given !== x) (given as tfjs.Tensor).dispose(); // the backend's operations give tensors
      return y;
    }, x);
  };
}

function first(outputs: tfjs.TensorInfo | tfjs.TensorInfo[]): tfjs.TensorInfo {
  return Array.isArray(outputs) ? (outputs[0] as tfjs.TensorInfo) : outputs;
}
