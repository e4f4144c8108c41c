import { backend, tidy } from '@tensorflow/tfjs-core';
import type { GPUData, Tensor } from '@tensorflow/tfjs-core';
import { stepInputs } from '../../decode/step-inputs.ts';
import type { KnownTokens } from '../../decode/step-inputs.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import type { GpuDevice } from './device.ts';
import type { Generation } from './generation.ts';

/**
 * Hands the rows of a step to the device, which the recipe's own `inputs` makes by operations of tfjs: from buffer to
 * buffer where tfjs computes on that device, else by the host.
 */
export async function feedStep(
  generation: Generation,
  model: SequenceModel,
  known: KnownTokens,
): Promise<void> {
  const x = tidy(() => stepInputs(model, known).x);
  try {
    const rows = rowsOnDevice(x, generation.device);
    if (rows === undefined) generation.feed(await x.data<'float32'>());
    else {
      generation.feedFrom(rows.buffer, 4 * x.size);
      rows.tensorRef.dispose();
    }
  } finally {
    x.dispose();
  }
}

/** A copy of the rows in a buffer of the device, behind everything that tfjs has queued, if they are there. */
function rowsOnDevice(
  x: Tensor,
  device: GpuDevice,
): (GPUData & { readonly buffer: object }) | undefined {
  // The webgpu backend of tfjs has a device; which one is all that is asked.
  if ((backend() as { readonly device?: unknown }).device !== device) return undefined;
  try {
    const { tensorRef, buffer } = x.dataToGPU();
    return buffer && { tensorRef, buffer };
  } catch {
    // tfjs makes small tensors on the processor; what else is wrong, reading them says.
    return undefined;
  }
}
