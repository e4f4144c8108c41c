import type * as tfjs from '@tensorflow/tfjs-core';
import type { OperationBackend } from './operation-backend.ts';

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
  // The operation for batches takes up to 1.8 times as long for two matrices.
  replace(
    'BatchMatMul',
    (batched) => (args) => (areMatrices(args.inputs) ? matrixProduct(args) : batched(args)),
  );
}

function areMatrices(inputs: tfjs.NamedTensorInfoMap): boolean {
  return ['a', 'b'].every(
    (name) => inputs[name]?.shape.length === 2 && inputs[name].dtype === 'float32',
  );
}

function matrixProduct({
  inputs,
  backend,
  attrs,
}: Parameters<tfjs.KernelFunc>[0]): tfjs.TensorInfo {
  // Casts: the class comes from a file that has no types here; the attributes are those of the kernel's name.
  const native = backend as unknown as OperationBackend;
  const { transposeA, transposeB } = attrs as unknown as tfjs.BatchMatMulAttrs;
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = native.binding;
  const attributes = [
    { name: 'transpose_a', type: TF_ATTR_BOOL, value: transposeA },
    { name: 'transpose_b', type: TF_ATTR_BOOL, value: transposeB },
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
  ];
  return native.executeSingleOutput('MatMul', attributes, [
    inputs['a'] as tfjs.TensorInfo,
    inputs['b'] as tfjs.TensorInfo,
  ]);
}
