import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokensTensor } from '../decode/token-buffer.ts';
import { cpuExecutor } from '../executors/cpu/cpu-executor.ts';
import { cpuSupports } from '../executors/cpu/supports.ts';
import { cachedDifference } from './cached-difference.ts';
import { causality } from './causality.ts';
import { decodingLeaks } from './decoding-leaks.ts';
import { itGivesTheSameTokens } from './describe-executor.ts';
import type { ConformanceExecutor } from './describe-executor.ts';
import { startTimeoutMs } from './engine.ts';
import type { ConformanceEngine } from './engine.ts';
import { gradientError } from './gradient-error.ts';
import { inputDifference } from './input-difference.ts';
import { overfit } from './overfit.ts';
import type { OverfitOptions } from './overfit.ts';
import type { RecipeInstance } from './recipe-instance.ts';
import { unrefusedInputs } from './refusals.ts';
import { seedDependence } from './seed-dependence.ts';

/** A recipe to test. */
export interface RecipeSuite {
  readonly name: string;
  /** Engines to run on, each with an instance of its own. */
  readonly engines: readonly ConformanceEngine[];
  /** A tiny model, see `RecipeInstance`; the same for the same seed. */
  create(seed: bigint): RecipeInstance | Promise<RecipeInstance>;
  readonly overfit: OverfitOptions;
}

/** Sum of many float32 products in another order; the states are of the size of 1. */
const roundingOfHidden = 1e-4;

/** The cpu executor on two threads, with the kernels whose bits are the same on every machine. */
const cpu: ConformanceExecutor = {
  name: 'cpu',
  supports: cpuSupports,
  make: (model) => cpuExecutor(model, { threads: 2, build: 'plain' }),
};

/** Declares the tests that every recipe must pass, on each engine. */
export function describeRecipe(suite: RecipeSuite): void {
  for (const engine of suite.engines) {
    const reason = engine.missing === undefined ? '' : ` (skipped: ${engine.missing})`;
    describe.skipIf(engine.missing !== undefined)(
      `${suite.name} on ${engine.name}${reason}`,
      () => {
        describeOnEngine(suite, engine);
      },
    );
  }
}

function describeOnEngine(suite: RecipeSuite, engine: ConformanceEngine): void {
  let instance: RecipeInstance;
  beforeAll(async () => {
    await engine.start();
    instance = await suite.create(1n);
  }, startTimeoutMs);
  afterAll(() => instance.dispose());

  it('decodes with its cache to the hidden states of one full pass, in a guided batch', async () => {
    const measure = (tokens: Tensor, condition: Tensor) =>
      cachedDifference(instance.model, tokens, condition);

    expect(await onGuidedBatch(instance, measure)).toBeLessThanOrEqual(roundingOfHidden);
  });

  it('lets no position depend on tokens that it may not see, and every other token matter', async () => {
    const condition = instance.condition(2, false);
    try {
      const { leak, effect } = await causality(
        instance.model,
        instance.exampleTokens(2),
        condition,
      );

      expect(leak).toBe(0);
      // Infinite in a plan of one step, whose tokens no step reads.
      expect(effect).toBeGreaterThan(roundingOfHidden);
    } finally {
      condition.dispose();
    }
  });

  it('feeds all steps at once what it feeds them one by one', async () => {
    const measure = (tokens: Tensor, condition: Tensor) =>
      inputDifference(instance.model, tokens, condition);

    expect(await onGuidedBatch(instance, measure)).toBeLessThanOrEqual(1e-5);
  });

  it('draws the same tokens from the same seed alone, in any batch, and after saving and loading', async () => {
    const { betweenItems, ...differing } = await seedDependence(instance);

    expect(differing).toEqual({ again: 0, alone: 0, otherOrder: 0, afterLoading: 0 });
    expect(betweenItems).toBeGreaterThan(0);
  });

  itGivesTheSameTokens(cpu, () => instance);

  it('has the derivatives that central differences give', async () => {
    const { error, worst, entries } = await gradientError(
      (params) => instance.loss(params, 2),
      instance.model.params,
    );

    expect(error, worst).toBeLessThanOrEqual(2e-2);
    expect(entries).toBeGreaterThan(2);
  });

  it(`learns one small batch to a loss of ${suite.overfit.bound}, leaking no tensor`, async () => {
    const { lastLoss, leaked, leakedPerRun } = await overfit(instance, suite.overfit);

    expect(lastLoss).toBeLessThan(suite.overfit.bound);
    expect({ leaked, leakedPerRun }).toEqual({ leaked: 0, leakedPerRun: 0 });
  });

  it('frees every tensor when decoding ends, is left, or is aborted', async () => {
    expect(await decodingLeaks(instance)).toBe(0);
  });

  it('refuses bad input with an error that says where, what and what to do', async () => {
    expect(await unrefusedInputs(instance)).toEqual([]);
  });
}

/** Measures on two items with their conditions, and again without. */
async function onGuidedBatch(
  instance: RecipeInstance,
  measure: (tokens: Tensor, condition: Tensor) => Promise<number>,
): Promise<number> {
  const { model } = instance;
  const values = instance.exampleTokens(2);
  const tokens = tidy(() => {
    const twice =
      values instanceof Int32Array
        ? new Int32Array(values.length * 2)
        : new Float32Array(values.length * 2);
    twice.set(values);
    twice.set(values, values.length);
    return tokensTensor(model, twice, 4);
  });
  const condition = instance.condition(2, true);
  try {
    return await measure(tokens, condition);
  } finally {
    tokens.dispose();
    condition.dispose();
  }
}
