import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type ParamTree, disposeParams, mapParams, namedParams } from '../params.ts';
import { assertTensors } from './assert-tensors.ts';
import { checkFinite } from './check-finite.ts';
import { toFloat32 } from './host-tensor.ts';
import type { OpenModel } from './model-folder.ts';

/**
 * Weights of an opened model in the form of a template; closes the model.
 *
 * @param where  The model, as the message should begin.
 * @param template  Leaves of the shapes that are expected, `shapeOnly` ones as a rule; freed.
 * @returns owned by the caller.
 * @throws {CheckpointError} SHAPE naming all weights that are missing, left over or of another shape; BAD_WEIGHTS if one is
 * not finite.
 */
export async function loadParams<T extends ParamTree>(
  where: string,
  template: T,
  { weights }: OpenModel,
): Promise<T> {
  const tensors = new Map<string, Tensor>();
  try {
    const named = namedParams(template);
    assertTensors(new Map(named.map(([path, { shape }]) => [path, shape])), weights, where);
    await checkFinite(where, weights);
    for (const [path, { shape }] of named) {
      tensors.set(path, tensor(toFloat32(await weights.read(path)), shape));
    }
    return mapParams(template, (own, path) => tensors.get(path) ?? own);
  } catch (error) {
    for (const loaded of tensors.values()) loaded.dispose();
    throw error;
  } finally {
    disposeParams(template);
    await weights.close();
  }
}
