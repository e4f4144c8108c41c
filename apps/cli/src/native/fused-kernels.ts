import type * as tfjs from '@tensorflow/tfjs-core';
import type { OperationBackend } from './operation-backend.ts';

type Attribute = 'kind' | 'epsilon' | 'start' | 'queries' | 'keys' | 'size';

/** The operations of `fused-operations.cc.ts`: their inputs, attributes and number of outputs, in order. */
const operations: Record<
  string,
  {
    readonly inputs: string[];
    readonly attributes?: Attribute[];
    readonly outputs?: number;
  }
> = {
  NextxActivation: { inputs: ['x', 'bias'], attributes: ['kind'] },
  NextxActivationGrad: { inputs: ['x', 'bias', 'dy'], attributes: ['kind'], outputs: 2 },
  NextxNormalize: { inputs: ['x'], attributes: ['kind', 'epsilon'], outputs: 2 },
  NextxNormalizeGrad: { inputs: ['y', 'inverse', 'dy'], attributes: ['kind'] },
  NextxSoftmax: { inputs: ['x', 'mask'] },
  NextxSoftmaxGrad: { inputs: ['y', 'dy'] },
  NextxModulate: { inputs: ['x', 'scale', 'shift'] },
  NextxModulateGrad: { inputs: ['x', 'scale', 'dy'], outputs: 3 },
  NextxGatedAdd: { inputs: ['x', 'values', 'gate'] },
  NextxGatedAddGrad: { inputs: ['values', 'gate', 'dy'], outputs: 2 },
  NextxSplitHeads: { inputs: ['x'], attributes: ['queries', 'keys', 'size'], outputs: 3 },
  NextxJoinHeads: { inputs: ['q', 'k', 'v'] },
  NextxWriteRows: { inputs: ['cache', 'rows'], attributes: ['start'] },
};

/**
 * Registers the fused kernels that layers of core look for (see its `layers/fused-kernels.ts`). The operations have
 * kernels for the CPU only.
 *
 * @param tf  The instance of tfjs-core with which the kernels are registered.
 * @param backendName  The backend they belong to.
 */
export function registerFusedKernels(tf: typeof tfjs, backendName: string): void {
  for (const [kernelName, { inputs: names, attributes = [], outputs = 1 }] of Object.entries(
    operations,
  )) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs }) => {
        // A cast: the class comes from a file that has no types here.
        const native = backend as unknown as OperationBackend;
        const { TF_ATTR_INT, TF_ATTR_FLOAT } = native.binding;
        return native.executeMultipleOutputs(
          kernelName,
          attributes.map((name) => ({
            name,
            type: name === 'epsilon' ? TF_ATTR_FLOAT : TF_ATTR_INT,
            value: Number(attrs?.[name]),
          })),
          names.map((name) => inputs[name] as tfjs.TensorInfo),
          outputs,
        );
      },
    });
  }
}
