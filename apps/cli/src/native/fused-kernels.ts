import type * as tfjs from '@tensorflow/tfjs-core';
import { linearKernel } from './linear-kernel.ts';
import type { NativeManifest } from './manifest.ts';
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

/** Names of the operations. */
export const fusedOperations: readonly string[] = Object.keys(operations);

/** Those that early builds lack, whose manifest does not name any. */
const laterOperations = ['NextxAttend', 'NextxHeads', 'NextxModulatedNorm', 'NextxLinear'];

/** The operations of a build, by its manifest. */
export function builtOperations({ operations: built }: NativeManifest): readonly string[] {
  return built ?? fusedOperations.filter((name) => !laterOperations.includes(name));
}

/** Whether a build has every operation of this release; one of an earlier release may lack some, and works without. */
export function isUpToDate(manifest: NativeManifest): boolean {
  const built = builtOperations(manifest);
  return fusedOperations.every((name) => built.includes(name));
}

/**
 * Registers the fused kernels that layers of core look for (see its `layers/fused-kernels.ts`). The operations have
 * kernels for the CPU only.
 *
 * @param tf  The instance of tfjs-core with which the kernels are registered.
 * @param backendName  The backend they belong to.
 * @param built  Operations that the build has.
 */
export function registerFusedKernels(
  tf: typeof tfjs,
  backendName: string,
  built: readonly string[],
): void {
  const reshape = tf.getKernel('Reshape', backendName).kernelFunc;
  const activation = fusedKernel('NextxActivation', operations.NextxActivation);
  for (const [kernelName, operation] of Object.entries(operations)) {
    if (!built.includes(kernelName)) continue;
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
