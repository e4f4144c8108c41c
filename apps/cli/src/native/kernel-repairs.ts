import type * as tfjs from '@tensorflow/tfjs-core';

/**
 * Replaces the kernels that compute wrong numbers with the TensorFlow built against, after they were registered.
 * TensorFlow 2.21 rounds every int32 tensor to zeros; an integer is its own nearest integer.
 *
 * @param tf  The instance of tfjs-core with which the kernels are registered.
 * @param backendName  The backend they belong to.
 */
export function repairKernels(tf: typeof tfjs, backendName: string): void {
  const round = tf.getKernel('Round', backendName);
  const identity = tf.getKernel('Identity', backendName);
  tf.unregisterKernel('Round', backendName);
  tf.registerKernel({
    ...round,
    kernelFunc: (args) =>
      args.inputs['x']?.dtype === 'int32' ? identity.kernelFunc(args) : round.kernelFunc(args),
  });
}
