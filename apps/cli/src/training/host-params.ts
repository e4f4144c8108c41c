import { float32Tensor, namedParams } from '@nextx/core';
import type { HostTensor, ParamTree } from '@nextx/core';

/** Weights of a tree in ordinary memory, by `prefix` and path. */
export async function hostParams(
  params: ParamTree,
  prefix: string,
): Promise<Map<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const [path, tensor] of namedParams(params)) {
    const values = await tensor.data();
    tensors.set(`${prefix}${path}`, float32Tensor(Float32Array.from(values), tensor.shape));
  }
  return tensors;
}
