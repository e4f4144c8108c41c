import type * as tfjs from '@tensorflow/tfjs-core';
import { matrixProduct } from './matrix-product.ts';

/**
 * Replaces the kernels that compute wrong numbers with the TensorFlow built against, or take its slower operation, after
 * they were registered.
 *
 * @param tf  The instance of tfjs-core with which the kernels are registered.
 * @param backendName  The backend they belong to.
 */
export function repairKernels(tf: typeof tfjs, backendName: string): void {
  const replace = (name: string, made: (own: tfjs.KernelFunc) => tfjs.KernelFunc): void => {
    const kernel = tf.getKernel(name, backendName);
    tf.unregisterKernel(name, backendName);
    tf.registerKernel({ ...kernel, kernelFunc: made(kernel.kernelFunc) });
  };
  // TensorFlow 2.21 rounds every int32 tensor to zeros; an integer is its own nearest integer.
  const identity = tf.getKernel('Identity', backendName);
  replace(
    'Round',
    (round) => (args) =>
      args.inputs['x']?.dtype === 'int32' ? identity.kernelFunc(args) : round(args),
  );
  // A reshape to the same shape needs no operation: blocks reshape for cases that they seldom have.
  replace('Reshape', (reshape) => (args) => {
    const { shape } = args.attrs as unknown as tfjs.ReshapeAttrs;
    const isSame = tf.util.arraysEqual(args.inputs['x']?.shape ?? [], shape);
    return isSame ? identity.kernelFunc(args) : reshape(args);
  });
  // For two matrices, by the operation for two matrices.
  replace('BatchMatMul', (batched) => (args) => {
    const { inputs, backend, attrs } = args;
    if (!areMatrices(inputs)) return batched(args);
    // A cast: the attributes are those of the kernel's name.
    return matrixProduct(backend, { ...inputs, ...(attrs as unknown as tfjs.BatchMatMulAttrs) });
  });
}

function areMatrices(
  inputs: tfjs.NamedTensorInfoMap,
): inputs is { a: tfjs.TensorInfo; b: tfjs.TensorInfo } {
  return ['a', 'b'].every(
    (name) => inputs[name]?.shape.length === 2 && inputs[name].dtype === 'float32',
  );
}
