import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor, Support } from '../decode/executor.ts';
import type { SequenceModel } from '../sequence-model.ts';
import { startTimeoutMs } from './engine.ts';
import { executorDifference } from './executor-difference.ts';
import type { RecipeInstance } from './recipe-instance.ts';

/** A fused executor, which must give the tokens of the reference. */
export interface ConformanceExecutor {
  readonly name: string;
  /** Whether it runs a model. */
  supports(model: SequenceModel): Support;
  /** Starts it for a model, with float32 weights. */
  make(model: SequenceModel): Promise<Executor>;
  /** Why it cannot start here; its tests are then reported as skipped. */
  readonly missing?: string;
  /** Most items that may leave the reference at a near tie, where a device rounds by itself. @defaultValue 0 */
  readonly nearTies?: number;
}

/** An executor to test with one recipe. */
export interface ExecutorSuite {
  /** Name of the recipe. */
  readonly name: string;
  readonly executor: ConformanceExecutor;
  /** Makes an engine compute the reference. */
  start(): Promise<unknown>;
  /** A tiny model, see `RecipeInstance`. */
  create(seed: bigint): RecipeInstance | Promise<RecipeInstance>;
}

/** Declares the test that an executor must pass with a recipe. */
export function describeExecutor({ name, executor, start, create }: ExecutorSuite): void {
  const { missing } = executor;
  const reason = missing === undefined ? '' : ` (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`${name} by ${executor.name}${reason}`, () => {
    let instance: RecipeInstance;
    beforeAll(async () => {
      await start();
      instance = await create(1n);
    }, startTimeoutMs);
    afterAll(() => instance.dispose());
    itGivesTheSameTokens(executor, () => instance);
  });
}

/** The test itself, in a suite that has an instance. */
export function itGivesTheSameTokens(
  executor: ConformanceExecutor,
  instance: () => RecipeInstance,
): void {
  it(`gives the same tokens by the ${executor.name} executor, which frees every tensor`, async (context) => {
    const support = executor.supports(instance().model);
    if (!support.isSupported) context.skip(support.reasons.join('; '));

    const { nearTies, ...faults } = await executorDifference(instance(), executor.make);

    expect(faults).toEqual({ differing: 0, repeated: 0, leaked: 0 });
    expect(nearTies).toBeLessThanOrEqual(executor.nearTies ?? 0);
  });
}
