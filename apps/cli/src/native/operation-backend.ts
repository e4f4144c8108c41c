import type * as tfjs from '@tensorflow/tfjs-core';

/** An attribute of an operation, its type by the binding's number. */
interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the backend class of tfjs-node, which comes from a file that has no types here, offers to kernels. */
export interface OperationBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_BOOL' | 'TF_ATTR_FLOAT' | 'TF_ATTR_INT' | 'TF_ATTR_TYPE' | 'TF_FLOAT', number>
  >;
  executeSingleOutput(
    operation: string,
    attributes: OperationAttribute[],
    inputs: tfjs.TensorInfo[],
  ): tfjs.TensorInfo;
  executeMultipleOutputs(
    operation: string,
    attributes: OperationAttribute[],
    inputs: tfjs.TensorInfo[],
    outputs: number,
  ): tfjs.TensorInfo[];
}
