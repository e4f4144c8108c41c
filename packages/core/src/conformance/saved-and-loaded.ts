import { tensor } from '@tensorflow/tfjs-core';
import { bytesSource } from '../io/byte-source.ts';
import { float32Tensor, toFloat32 } from '../io/host-tensor.ts';
import type { HostTensor } from '../io/host-tensor.ts';
import { openSafetensors } from '../io/safetensors.ts';
import { writeSafetensors } from '../io/write-safetensors.ts';
import { mapParams, namedParams } from '../params.ts';
import type { ParamTree } from '../params.ts';

/** Weights that went through a safetensors file in memory; owned by the caller. */
export async function savedAndLoaded(params: ParamTree): Promise<ParamTree> {
  const tensors = new Map<string, HostTensor>();
  for (const [path, weight] of namedParams(params)) {
    tensors.set(path, float32Tensor(Float32Array.from(await weight.data()), weight.shape));
  }
  const file = await openSafetensors(bytesSource(writeSafetensors(tensors), 'weights'));
  const read = await file.readAll();
  return mapParams(params, ({ shape }, path) =>
    // Written under the same paths just above.
    tensor(toFloat32(read.get(path) as HostTensor), shape, 'float32'),
  );
}
