import { memory } from '@tensorflow/tfjs-core';
import type { Executor } from '../decode/executor.ts';
import { UnsupportedError } from '../errors.ts';
import type { TokenValues } from '../heads/head.ts';
import type { SequenceModel } from '../sequence-model.ts';
import { decodeTokens } from './decode-tokens.ts';
import { withMargins } from './draw-margins.ts';
import type { RecipeInstance } from './recipe-instance.ts';
import { differing, roundingOfLatents } from './seed-dependence.ts';

/** How a fused executor differs from the reference, over items decoded together, a second time, and alone. */
export interface ExecutorDifference {
  /** Items whose first other value was no near tie; latents are others where more than rounding is between them. */
  readonly differing: number;
  /** Items whose first other token was drawn so near to a border that rounding decides. */
  readonly nearTies: number;
  /** Values that differ when the same is decoded again. */
  readonly repeated: number;
  /** Tensors left behind. */
  readonly leaked: number;
}

/** Draws of 24 bits; probabilities of float32 logits are good to about as much. */
const nearTie = 1e-5;

/**
 * Decodes the same items by the reference and by a fused executor.
 *
 * @param make  Starts the executor; it is disposed here.
 */
export async function executorDifference(
  instance: RecipeInstance,
  make: (model: SequenceModel) => Promise<Executor>,
): Promise<ExecutorDifference> {
  const { network } = instance.model;
  if (network === undefined) {
    throw new UnsupportedError(
      'executorDifference: the model must describe its network, it does not. Ask the executor whether it runs the model.',
    );
  }
  const items = [0, 1, 2];
  const margins: number[][] = [];
  const model = withMargins(instance.model, network, margins);
  const reference = await decodeTokens(instance, items, { model });
  const before = memory().numTensors;
  const executor = await make(instance.model);
  const outcomes: Outcome[] = [];
  let repeated = 0;
  try {
    const together = await decodeTokens(instance, items, { executor });
    const again = await decodeTokens(instance, items, { executor });
    const [alone] = await decodeTokens(instance, [2], { executor });
    for (const decoded of [together, again]) {
      for (const item of items)
        outcomes.push(outcome(reference[item], decoded[item], margins[item]));
    }
    outcomes.push(outcome(reference[2], alone, margins[2]));
    repeated = differing(together, again);
  } finally {
    executor.dispose();
  }
  return {
    differing: outcomes.filter((each) => each === 'other').length,
    nearTies: outcomes.filter((each) => each === 'near tie').length,
    repeated,
    leaked: memory().numTensors - before,
  };
}

type Outcome = 'same' | 'near tie' | 'other';

/** What the first other value is; those behind it follow from it. */
function outcome(
  expected: TokenValues,
  actual: TokenValues,
  margins: readonly number[] = [],
): Outcome {
  const first = expected.findIndex(
    (value, index) => !(Math.abs(value - (actual[index] ?? NaN)) <= roundingOfLatents),
  );
  if (first < 0) return 'same';
  return (margins[first] ?? 1) < nearTie ? 'near tie' : 'other';
}
