import type * as tfjs from '@tensorflow/tfjs-core';
import type { OperationBackend } from './operation-backend.ts';

/** Above as many rows TensorFlow's product is faster than that of `tile-product.h.ts`. */
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
    const { inputs, backend, attrs } = call;
    const [x, weight, bias] = ['x', 'weight', 'bias'].map((name) => inputs[name]) as [
      tfjs.TensorInfo,
      tfjs.TensorInfo,
      tfjs.TensorInfo,
    ];
    const [inFeatures, outFeatures] = weight.shape as [number, number];
    const leading = x.shape.slice(0, -1);
    const rows = leading.reduce((product, extent) => product * extent, 1);
    if (rows <= mostRows) return own(call);
    const temporary: tfjs.TensorInfo[] = [];
    const shaped = (tensor: tfjs.TensorInfo, shape: number[]): tfjs.TensorInfo =>
      reshape({ inputs: { x: tensor }, backend, attrs: { shape } }) as tfjs.TensorInfo;
    const matrix = shaped(x, [rows, inFeatures]);
    temporary.push(matrix);
    let y = matrixProduct(backend, { a: matrix, b: weight });
    if (bias.shape[0] !== 0 || Number(attrs?.['kind']) >= 0) {
      temporary.push(y);
      [y] = activation({ ...call, inputs: { x: y, bias } }) as [tfjs.TensorInfo];
    }
    temporary.push(y);
    const output = shaped(y, [...leading, outFeatures]);
    temporary.forEach(({ dataId }) => (backend as tfjs.KernelBackend).disposeData(dataId));
    return output;
  };
}

/** The product of two matrices. TensorFlow's operation for batches takes up to 1.8 times as long. */
export function matrixProduct(
  backend: unknown,
  {
    a,
    b,
    transposeA = false,
    transposeB = false,
  }: { readonly a: tfjs.TensorInfo; readonly b: tfjs.TensorInfo } & Partial<tfjs.BatchMatMulAttrs>,
): tfjs.TensorInfo {
  // A cast: the class comes from a file that has no types here.
  const native = backend as OperationBackend;
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = native.binding;
  const attributes = [
    { name: 'transpose_a', type: TF_ATTR_BOOL, value: transposeA },
    { name: 'transpose_b', type: TF_ATTR_BOOL, value: transposeB },
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
  ];
  return native.executeSingleOutput('MatMul', attributes, [a, b]);
}
