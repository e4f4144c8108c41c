import type * as tfjs from '@tensorflow/tfjs-core';
import { linearKernel } from './linear-kernel.ts';
import type { OperationBackend } from './operation-backend.ts';

type Attribute = 'kind' | 'epsilon' | 'scale' | 'start' | 'seen' | 'queries' | 'keys' | 'size';

/** Inputs, attributes and number of outputs, in order. */
interface Operation {
  readonly inputs: string[];
  readonly attributes?: Attribute[];
  /** @defaultValue 1 */
  readonly outputs?: number;
}

/** The operations of `fused-operations.cc.ts`. */
const operations = {
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
  NextxAttend: { inputs: ['q', 'keys', 'values', 'mask'], attributes: ['seen'] },
  NextxHeads: {
    inputs: ['x', 'queryBias', 'keyBias', 'valueBias', 'logScale'],
    attributes: ['kind', 'queries', 'keys', 'size', 'epsilon', 'scale'],
    outputs: 3,
  },
  NextxModulatedNorm: { inputs: ['x', 'scale', 'shift'], attributes: ['kind', 'epsilon'] },
  NextxLinear: { inputs: ['x', 'weight', 'bias'], attributes: ['kind'] },
} satisfies Record<string, Operation>;

/** Operations with products, which are of f32, whatever TensorFlow was asked for. */
const products: readonly string[] = ['NextxAttend', 'NextxLinear'];

/**
 * Registers the fused kernels that layers of core look for (see its `layers/fused-kernels.ts`). The operations have
 * kernels for the CPU only.
 *
 * @param tf  The instance of tfjs-core with which the kernels are registered.
 * @param backendName  The backend they belong to.
 * @param options  `isBf16`: whether products stay with TensorFlow, which rounds their factors.
 */
export function registerFusedKernels(
  tf: typeof tfjs,
  backendName: string,
  { isBf16 }: { readonly isBf16: boolean },
): void {
  const reshape = tf.getKernel('Reshape', backendName).kernelFunc;
  const activation = fusedKernel('NextxActivation', operations.NextxActivation);
  for (const [kernelName, operation] of Object.entries(operations)) {
    if (isBf16 && products.includes(kernelName)) continue;
    const own = fusedKernel(kernelName, operation);
    const kernelFunc =
      kernelName === 'NextxLinear' ? linearKernel({ own, activation, reshape }) : own;
    tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}

/** What runs an operation. */
function fusedKernel(
  name: string,
  { inputs: names, attributes = [], outputs = 1 }: Operation,
): tfjs.KernelFunc {
  return ({ inputs, backend, attrs }) => {
    // A cast: the class comes from a file that has no types here.
    const native = backend as unknown as OperationBackend;
    const { TF_ATTR_INT, TF_ATTR_FLOAT } = native.binding;
    return native.executeMultipleOutputs(
      name,
      attributes.map((attribute) => ({
        name: attribute,
        type: ['epsilon', 'scale'].includes(attribute) ? TF_ATTR_FLOAT : TF_ATTR_INT,
        value: Number(attrs?.[attribute]),
      })),
      names.map((input) => inputs[input] as tfjs.TensorInfo),
      outputs,
    );
  };
}
