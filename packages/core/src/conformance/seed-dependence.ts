import { tensor } from '@tensorflow/tfjs-core';
import { bytesSource } from '../io/byte-source.ts';
import { float32Tensor, toFloat32 } from '../io/host-tensor.ts';
import type { HostTensor } from '../io/host-tensor.ts';
import { openSafetensors } from '../io/safetensors.ts';
import { writeSafetensors } from '../io/write-safetensors.ts';
import type { TokenValues } from '../heads/head.ts';
import { disposeParams, mapParams, namedParams } from '../params.ts';
import type { ParamTree } from '../params.ts';
import { decodeTokens } from './decode-tokens.ts';
import type { RecipeInstance } from './recipe-instance.ts';

/** Number of tokens that differ from those of the same item and seed, decoded in a batch of three. */
export interface SeedDependence {
  readonly again: number;
  readonly alone: number;
  readonly otherOrder: number;
  readonly afterLoading: number;
  /** Tokens that differ between the items: none means that seeds and conditions do nothing. */
  readonly betweenItems: number;
}

/** Decodes the same items in several surroundings, and with weights that went through a safetensors file. */
export async function seedDependence(instance: RecipeInstance): Promise<SeedDependence> {
  const [first, second, third] = await decodeTokens(instance, [0, 1, 2]);
  const again = await decodeTokens(instance, [0, 1, 2]);
  const alone = [0, 1, 2].map((item) => decodeTokens(instance, [item]));
  const [otherThird, otherFirst] = await decodeTokens(instance, [2, 0]);
  const loaded = await savedAndLoaded(instance.model.params);
  try {
    const afterLoading = await decodeTokens(instance, [0, 1, 2], {
      model: instance.rebind(loaded),
    });
    return {
      again: differing([first, second, third], again),
      alone: differing([first, second, third], (await Promise.all(alone)).flat()),
      otherOrder: differing([third, first], [otherThird, otherFirst]),
      afterLoading: differing([first, second, third], afterLoading),
      betweenItems: differing([first, second], [second, third]),
    };
  } finally {
    disposeParams(loaded);
  }
}

/** Number of tokens in which two decodings of the same items differ. */
function differing(a: readonly TokenValues[], b: readonly TokenValues[]): number {
  let count = 0;
  a.forEach((tokens, item) => {
    tokens.forEach((token, position) => {
      if (token !== b[item]?.[position]) count += 1;
    });
  });
  return count;
}

async function savedAndLoaded(params: ParamTree): Promise<ParamTree> {
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
