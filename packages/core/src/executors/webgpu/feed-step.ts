import { tidy } from '@tensorflow/tfjs-core';
import { stepInputs } from '../../decode/step-inputs.ts';
import type { KnownTokens } from '../../decode/step-inputs.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import type { Generation } from './generation.ts';

/** Hands the rows of a step to the device, which the recipe's own `inputs` makes by operations of tfjs. */
export async function feedStep(
  generation: Generation,
  model: SequenceModel,
  known: KnownTokens,
): Promise<void> {
  const x = tidy(() => stepInputs(model, known).x);
  try {
    generation.feed(await x.data<'float32'>());
  } finally {
    x.dispose();
  }
}
