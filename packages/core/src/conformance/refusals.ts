import { fill, memory } from '@tensorflow/tfjs-core';
import { decode } from '../decode/decode.ts';
import type { DecodeOptions } from '../decode/executor.ts';
import { NextxError } from '../errors.ts';
import { disposeParams, mapParams } from '../params.ts';
import { planLength } from '../plan/plan.ts';
import type { SequenceModel } from '../sequence-model.ts';
import { conditionOf } from './decode-tokens.ts';
import type { RecipeInstance } from './recipe-instance.ts';

/**
 * Gives bad input to the decoder and to what the instance lists, and reports every one that is not refused as it must
 * be: by a `NextxError` whose message has a place, a reason and a remedy, with nothing left allocated.
 *
 * @returns One line a fault; none is right.
 */
export async function unrefusedInputs(instance: RecipeInstance): Promise<string[]> {
  const { model } = instance;
  const condition = conditionOf(instance, [0, 1]);
  const broken = mapParams(model.params, ({ shape }) => fill(shape, NaN));
  const length = planLength(model.plan);
  const run = (changes: Partial<DecodeOptions>, of: SequenceModel = model) =>
    finish(of, { seeds: [0n, 1n], condition, guidanceScaleAt: () => 2, ...changes });
  const cases: Record<string, () => unknown> = {
    'no seeds': () => run({ seeds: [] }),
    'fewer rows than seeds ask for': () => run({ seeds: [0n, 1n, 2n] }),
    'too few given tokens': () => run({ given: new Int32Array(1) }),
    'a given token outside the vocabulary': () =>
      run({ given: new Int32Array(2 * length).fill(model.vocabularySize ?? 0) }),
    'weights that are NaN': () => run({}, instance.rebind(broken)),
    ...instance.badInputs,
  };
  try {
    const faults: string[] = [];
    for (const [name, attempt] of Object.entries(cases)) {
      const before = memory().numTensors;
      const fault = await faultOf(attempt);
      const left = memory().numTensors - before;
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
      if (left !== 0) faults.push(`${name}: left ${left} tensors`);
    }
    return faults;
  } finally {
    condition.dispose();
    disposeParams(broken);
  }
}

async function finish(model: SequenceModel, options: DecodeOptions): Promise<void> {
  const steps = decode(model, options);
  while ((await steps.next()).done !== true);
}

async function faultOf(attempt: () => unknown): Promise<string | undefined> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof NextxError)) return `threw ${String(error)}`;
    const hasForm = /^[^:]+: .+\. .+\.$/s.test(error.message);
    return hasForm ? undefined : `said only "${error.message}"`;
  }
  return 'was accepted';
}
