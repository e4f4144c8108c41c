import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../decode/decode.ts';
import type { Executor } from '../decode/executor.ts';
import { rasterCondition, rasterModel } from '../executors/raster-model.test-support.ts';
import { executorDifference } from './executor-difference.ts';
import type { RecipeInstance } from './recipe-instance.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('executorDifference', () => {
  it('is nothing for the reference itself', async () => {
    expect(await differenceOf((token) => token)).toEqual({
      differing: 0,
      nearTies: 0,
      repeated: 0,
      leaked: 0,
    });
  });

  it('counts items with another token, however often they are decoded, and what is left behind', async () => {
    const wrong = (token: number, item: number) => {
      if (item === 0) tf.keep(tf.scalar(1));
      return item === 1 ? (token + 1) % 10 : token;
    };

    // The second of three items, twice; the third alone has no second.
    expect(await differenceOf(wrong)).toMatchObject({ differing: 2, nearTies: 0 });
    expect((await differenceOf(wrong)).leaked).toBeGreaterThan(0);
  });
});

/** What is found of an executor that changes the last token of every item. */
async function differenceOf(change: (token: number, item: number) => number) {
  const { model, dispose } = rasterModel();
  const executor: Executor = {
    name: 'webgpu',
    run: async function* (own, { seeds, condition, guidanceScaleAt }) {
      const options = { seeds, condition, ...(guidanceScaleAt && { guidanceScaleAt }) };
      for await (const step of decode(own, options)) {
        const tokens = step.tokens.map((token, index) =>
          (index + 1) % step.filled === 0 ? change(token, Math.floor(index / step.filled)) : token,
        );
        yield { ...step, tokens };
      }
    },
    dispose: () => {},
  };
  // All that the comparison asks of an instance.
  const instance = {
    model,
    condition: (items: number) => rasterCondition(2 * items),
  } as unknown as RecipeInstance;
  try {
    return await executorDifference(instance, async () => executor);
  } finally {
    dispose();
  }
}
