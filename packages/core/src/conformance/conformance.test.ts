import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { latentInstance } from '../executors/latent-model.test-support.ts';
import { nextScale } from '../plan/next-scale.ts';
import { raster } from '../plan/raster.ts';
import { tokensTensor } from '../decode/token-buffer.ts';
import type { SequenceModel } from '../sequence-model.ts';
import { cachedDifference } from './cached-difference.ts';
import { causality } from './causality.ts';
import { decodingLeaks } from './decoding-leaks.ts';
import { describePlan, planFaults } from './describe-plan.ts';
import { describeRecipe } from './describe-recipe.ts';
import { roundTrip } from './describe-tokenizer.ts';
import { gradientError } from './gradient-error.ts';
import { inputDifference } from './input-difference.ts';
import { overfit } from './overfit.ts';
import type { RecipeInstance } from './recipe-instance.ts';
import { unrefusedInputs } from './refusals.ts';
import { seedDependence } from './seed-dependence.ts';
import { tinyInstance } from './tiny-model.test-support.ts';

const plainJs = { name: 'plain JS', start: () => tf.setBackend('cpu') };
const square = raster({ sides: [2, 2] });
const window = { ...square, visibility: { kind: 'window', steps: 1 } } as const;

beforeAll(plainJs.start);

describeRecipe({
  name: 'a tiny recipe over scales',
  engines: [
    plainJs,
    { name: 'an engine that is not here', start: plainJs.start, missing: 'a test' },
  ],
  create: (seed) => tinyInstance(seed),
  overfit: { bound: 0.3, steps: 40 },
});
describeRecipe({
  name: 'a tiny recipe of latents with a flow head',
  engines: [plainJs],
  create: (seed) => latentInstance(seed),
  overfit: { bound: 0.2, steps: 20 },
});
describePlan({ name: 'next-scale', create: () => nextScale([1, 2]) });
function batchOf(instance: RecipeInstance): { tokens: tf.Tensor; condition: tf.Tensor } {
  return {
    tokens: tokensTensor(instance.model, instance.exampleTokens(2), 2),
    condition: instance.condition(2, false),
  };
}

describe('cachedDifference', () => {
  it.each([
    ['scales', nextScale([1, 2])],
    ['a raster', square],
    ['a window of one step', window],
  ])('is nothing but rounding for a right model over %s', async (_, plan) => {
    const instance = tinyInstance(1n, { plan });
    const { tokens, condition } = batchOf(instance);

    expect(await cachedDifference(instance.model, tokens, condition)).toBeLessThan(1e-5);
  });

  it.each([['isUnmasked'], ['isShifted']])(
    'is large where the model is wrong: %s',
    async (flaw) => {
      const instance = tinyInstance(1n, { [flaw]: true });
      const { tokens, condition } = batchOf(instance);

      expect(await cachedDifference(instance.model, tokens, condition)).toBeGreaterThan(1e-2);
    },
  );

  it('is infinite where the state forgets', async () => {
    const instance = tinyInstance(1n);
    const { tokens, condition } = batchOf(instance);
    const forgetful: SequenceModel = {
      ...instance.model,
      open: (rows) => {
        const state = instance.model.open(rows);
        return {
          length: 0,
          capacity: state.capacity,
          bytes: state.bytes,
          extend: (added) => state.peek(added),
          peek: (added) => state.peek(added),
          truncate: (length) => state.truncate(length),
          fork: () => state.fork(),
          dispose: () => state.dispose(),
        };
      },
    };

    expect(await cachedDifference(forgetful, tokens, condition)).toBe(Infinity);
  });
});

describe('causality', () => {
  it.each([
    ['scales', nextScale([1, 2])],
    ['a raster', square],
    ['a window of one step', window],
  ])('finds no leak and no dead input in a right model over %s', async (_, plan) => {
    const instance = tinyInstance(1n, { plan });
    const { condition } = batchOf(instance);

    const { leak, effect } = await causality(instance.model, instance.exampleTokens(2), condition);

    expect(leak).toBe(0);
    expect(effect).toBeGreaterThan(1e-2);
  });

  it.each([
    ['reads tokens of its own step', { peeks: 1 }],
    ['lets every position see every other', { isUnmasked: true }],
  ])('finds the leak of a model that %s', async (_, flaws) => {
    const instance = tinyInstance(1n, { plan: square, ...flaws });
    const { condition } = batchOf(instance);

    const { leak } = await causality(instance.model, instance.exampleTokens(2), condition);

    expect(leak).toBeGreaterThan(1e-2);
  });

  it('finds the inputs that do nothing', async () => {
    const instance = tinyInstance(1n, { isDeaf: true });
    const { condition } = batchOf(instance);

    const { effect } = await causality(instance.model, instance.exampleTokens(2), condition);

    expect(effect).toBe(0);
  });
});

describe('inputDifference', () => {
  it('is nothing for a right model', async () => {
    const instance = tinyInstance();
    const { tokens, condition } = batchOf(instance);

    expect(await inputDifference(instance.model, tokens, condition)).toBe(0);
  });

  it.each([[{ peeks: 1 }], [{ isShifted: true }]])('is large with the flaw %j', async (flaws) => {
    const instance = tinyInstance(1n, flaws);
    const { tokens, condition } = batchOf(instance);

    expect(await inputDifference(instance.model, tokens, condition)).toBeGreaterThan(1e-2);
  });

  it('counts rotary angles', async () => {
    const instance = tinyInstance();
    const { tokens, condition } = batchOf(instance);
    const turning: SequenceModel = {
      ...instance.model,
      inputs: (known, rows, steps) => ({
        ...instance.model.inputs(known, rows, steps),
        rotary: { cos: new Float32Array(steps.to - steps.from), sin: Float32Array.of(steps.from) },
      }),
    };

    expect(await inputDifference(turning, tokens, condition)).toBe(Infinity);
  });
});

describe('seedDependence', () => {
  it('counts the tokens that change from one call to the next', async () => {
    const instance = tinyInstance();
    let calls = 0;
    const model: SequenceModel = {
      ...instance.model,
      sample: async (hidden, context) => {
        const tokens = await instance.model.sample(hidden, context);
        return tokens.map((token) => (token + calls++) % 6) as Int32Array;
      },
    };

    const { again, alone } = await seedDependence({ ...instance, model });

    expect(again).toBeGreaterThan(0);
    expect(alone).toBeGreaterThan(0);
  });

  it('counts the tokens that depend on the place in the batch', async () => {
    const instance = tinyInstance();
    const model: SequenceModel = {
      ...instance.model,
      sample: (hidden, context) =>
        instance.model.sample(hidden, { ...context, keyOf: (item, row) => [item, row] }),
    };

    const { again, alone, otherOrder } = await seedDependence({ ...instance, model });

    expect(again).toBe(0);
    expect(alone).toBeGreaterThan(0);
    expect(otherOrder).toBeGreaterThan(0);
  });

  it('counts the tokens that change when weights are loaded into a model that ignores them', async () => {
    const instance = tinyInstance();
    const other = tinyInstance(2n);

    const { afterLoading } = await seedDependence({ ...instance, rebind: () => other.model });

    expect(afterLoading).toBeGreaterThan(0);
  });

  it('sees items that do not differ', async () => {
    const instance = tinyInstance();
    const model: SequenceModel = {
      ...instance.model,
      sample: async (hidden, { items }) => new Int32Array(items * hidden.shape[1]),
    };

    expect((await seedDependence({ ...instance, model })).betweenItems).toBe(0);
  });
});

describe('gradientError', () => {
  it('is small for x³, whose derivative is 3 x²', async () => {
    const params = { x: tf.tensor1d([1, 2, -3]), y: tf.tensor1d([0.5]) };
    const cubes = (p: unknown) => {
      const { x, y } = p as typeof params;
      return tf.add(tf.sum(tf.pow(x, 3)), tf.sum(y)) as tf.Scalar;
    };

    const { error, entries } = await gradientError(cubes, params);

    expect(error).toBeLessThan(1e-3);
    expect(entries).toBe(2);
  });

  it('is a half where the written derivative is half of the right one, and names the weight', async () => {
    const params = { good: tf.tensor1d([1]), bad: tf.tensor1d([2]) };
    const half = tf.customGrad((x) => ({
      value: tf.mul(x as tf.Tensor, 1),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 0.5),
    }));
    const loss = (p: unknown) => {
      const { good, bad } = p as typeof params;
      return tf.add(tf.sum(good), tf.sum(half(bad))) as tf.Scalar;
    };

    const { error, worst } = await gradientError(loss, params);

    expect(error).toBeCloseTo(0.5, 3);
    expect(worst).toBe('bad[0]');
  });
});

describe('overfit', () => {
  it('counts the tensors that a leaking loss leaves at each step', async () => {
    const instance = tinyInstance();
    const leaking: RecipeInstance = {
      ...instance,
      loss: (params, items) => {
        tf.keep(tf.scalar(1));
        return instance.loss(params, items);
      },
    };

    const { leaked, leakedPerRun } = await overfit(leaking, { steps: 3 });

    expect(leaked).toBe(3);
    expect(leakedPerRun).toBe(2);
  });

  it('does not learn what cannot be learned', async () => {
    const instance = tinyInstance();
    const { firstLoss, lastLoss } = await overfit(
      { ...instance, loss: (params, items) => tf.add(tf.mul(instance.loss(params, items), 0), 2) },
      { steps: 3 },
    );

    expect([firstLoss, lastLoss]).toEqual([2, 2]);
  });
});

describe('decodingLeaks', () => {
  it('counts what a model leaves at each step', async () => {
    const instance = tinyInstance();
    const model: SequenceModel = {
      ...instance.model,
      sample: (hidden, context) => {
        tf.keep(tf.scalar(1));
        return instance.model.sample(hidden, context);
      },
    };

    expect(await decodingLeaks({ ...instance, model })).toBe(2);
  });
});

describe('unrefusedInputs', () => {
  it('reports what is accepted, what throws another error, and what says too little', async () => {
    const instance = tinyInstance();
    const badInputs = {
      accepted: () => 1,
      foreign: () => {
        throw new TypeError('no');
      },
      terse: () => {
        throw new OptionError('wrong');
      },
      leaking: () => {
        tf.scalar(1);
        throw new OptionError('here: it must be right, got wrong. Make it right.');
      },
    };

    expect(await unrefusedInputs({ ...instance, badInputs })).toEqual([
      'accepted: was accepted',
      'foreign: threw TypeError: no',
      'terse: said only "wrong"',
      'leaking: left 1 tensors',
    ]);
  });
});

describe('roundTrip', () => {
  it('measures the error, the shapes and the leaks of a tokenizer', async () => {
    const tokenizer = {
      sampleShape: [2],
      length: 2,
      vocabularySize: 4,
      encode: (x: tf.Tensor) => tf.tidy(() => tf.cast(tf.round(x), 'int32')),
      decode: (ids: tf.Tensor) => {
        tf.keep(tf.scalar(1));
        return tf.cast(ids, 'float32');
      },
    };
    const samples = tf.tensor2d([0.5, 1, 2, 3], [2, 2]);

    const trip = await roundTrip(tokenizer, samples);

    expect(trip).toEqual({
      idsShape: [2, 2],
      samplesShape: [2, 2],
      smallestId: 0,
      largestId: 3,
      meanSquaredError: 0.25 / 4,
      wavering: 0,
      leaked: 1,
    });
  });
});

describe('planFaults', () => {
  it('names what is wrong with a plan', () => {
    const broken = {
      ...nextScale([1, 2]),
      positions: Int32Array.of(0, 1, 1, 3, 4),
      coordinates: new Float32Array(3),
      stepStarts: [0, 2, 4],
    };

    expect(planFaults(broken)).toEqual([
      'positions repeat or miss',
      'coordinates are not one finite row a position',
      'steps do not cover the positions',
    ]);
  });
});
