import { mean, memory, neg, slice, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Head, SampleContext, TokenValues } from '../heads/head.ts';
import type { ParamTree } from '../params.ts';
import { foldIn, keyFromSeed } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import { startTimeoutMs } from './engine.ts';
import type { ConformanceEngine } from './engine.ts';
import { gradientError } from './gradient-error.ts';
import { differing, roundingOfLatents } from './seed-dependence.ts';

/** A head with its weights, and hidden states to try it on. */
export interface HeadInstance {
  readonly head: Head;
  readonly params: ParamTree;
  /** `[B, n, C]`, B at least 2, the items different. */
  readonly hidden: Tensor3D;
  /** `[B, n]` ids or `[B, n, channels]` latents. */
  readonly targets: Tensor;
  /** Frees weights, states and targets. */
  dispose(): void;
}

/** A head to test. */
export interface HeadSuite {
  readonly name: string;
  readonly engines: readonly ConformanceEngine[];
  create(): HeadInstance | Promise<HeadInstance>;
}

/** Draws the noise of a loss, the same each time. */
const lossKey: Key = [1, 1];

/** Declares the tests that every head must pass, on each engine. */
export function describeHead(suite: HeadSuite): void {
  for (const engine of suite.engines) {
    describe.skipIf(engine.missing !== undefined)(`${suite.name} on ${engine.name}`, () => {
      describeOnEngine(suite, engine);
    });
  }
}

/** Draws tokens of the first `items` items; item i has the key of seed i. */
function sampleItems({ head, params, hidden }: HeadInstance, items: number): Promise<TokenValues> {
  const rows = slice(hidden, [0, 0, 0], [items, -1, -1]);
  const context: SampleContext = {
    items,
    isGuided: false,
    guidanceScale: 1,
    sampling: {},
    keyOf: (item, row) => foldIn(keyFromSeed(BigInt(item)), row),
  };
  return head.sample(params, rows, context).finally(() => rows.dispose());
}

function describeOnEngine({ create }: HeadSuite, engine: ConformanceEngine): void {
  let instance: HeadInstance;
  beforeAll(async () => {
    await engine.start();
    instance = await create();
  }, startTimeoutMs);
  afterAll(() => instance.dispose());

  it('has the derivatives that central differences give', async () => {
    const { head, params, hidden, targets } = instance;
    const { error, worst } = await gradientError(
      (weights) => head.loss(weights, hidden, targets, lossKey),
      params,
    );

    expect(error, worst).toBeLessThanOrEqual(2e-2);
  });

  it('has as its loss the mean of what it says each target costs, where it says so', async () => {
    const { head, params, hidden, targets } = instance;
    if (head.logProb === undefined) return;
    const [loss, cost] = tidy(() => [
      head.loss(params, hidden, targets, lossKey),
      neg(mean(head.logProb?.(params, hidden, targets) as Tensor)) as Scalar,
    ]);
    const [expected] = await cost.data();
    const [actual] = await loss.data();
    loss.dispose();
    cost.dispose();

    expect(actual).toBeCloseTo(expected, 5);
  });

  it('draws an item from its own key alone, and leaks no tensor', async () => {
    const before = memory().numTensors;
    const [batch] = instance.hidden.shape;
    const all = await sampleItems(instance, batch);
    const alone = await sampleItems(instance, 1);

    expect(differing([alone], [all], roundingOfLatents)).toBe(0);
    expect(memory().numTensors).toBe(before);
  });
}
