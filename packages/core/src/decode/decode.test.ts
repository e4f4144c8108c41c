import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyInstance } from '../conformance/tiny-model.test-support.ts';
import { NumericError, OptionError } from '../errors.ts';
import type { TokenValues } from '../heads/head.ts';
import { mapParams } from '../params.ts';
import { raster } from '../plan/raster.ts';
import { normals, purposes } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import type { SequenceModel } from '../sequence-model.ts';
import { decode, positionKey } from './decode.ts';
import type { DecodedStep, DecodeOptions } from './executor.ts';
import { tokensTensor } from './token-buffer.ts';

beforeAll(() => tf.setBackend('cpu'));

const instance = () => tinyInstance(1n, { plan: raster({ sides: [2, 2] }) });

async function all(model: SequenceModel, options: DecodeOptions): Promise<DecodedStep[]> {
  const steps: DecodedStep[] = [];
  for await (const step of decode(model, options)) steps.push(step);
  return steps;
}

/** Four latents of two channels: `A · hidden` plus a tenth of a standard normal draw. */
function gaussianModel(): { model: SequenceModel; condition: tf.Tensor2D } {
  const map = tf.tensor2d([1, 0, 0, 1, 1, 1], [3, 2]);
  const model: SequenceModel = {
    plan: raster({ sides: [4] }),
    params: map,
    tokenSize: 2,
    tokenType: 'float32',
    inputs: (tokens, condition, { from, to }) => {
      const batch = condition.shape[0];
      const last = tokens.shape[1] ?? 0;
      const seen =
        from === 0 || last === 0
          ? tf.zeros([batch, 1, 1])
          : tf.slice(tokens, [0, from - 1, 0], [batch, to - from, 1]);
      return { x: tf.concat([condition.reshape([batch, 1, 2]), seen], 2) as tf.Tensor3D };
    },
    forward: () => tf.zeros([1, 4, 3]),
    open: () => {
      const state = {
        length: 0,
        capacity: 4,
        bytes: 0,
        extend: ({ x }: { x: tf.Tensor3D }) => x.clone(),
        peek: ({ x }: { x: tf.Tensor3D }) => x.clone(),
        truncate: () => undefined,
        fork: () => state,
        dispose: () => undefined,
      };
      return state;
    },
    async sample(hidden, { items, keyOf }): Promise<TokenValues> {
      const means = tf.tidy(() => tf.matMul(hidden.reshape([-1, 3]), map));
      const values = Float32Array.from(await means.data());
      means.dispose();
      for (let item = 0; item < items; item++) {
        const noise = normals(foldIn(keyOf(item, 0), purposes.headNoise), 2);
        noise.forEach((value, channel) => {
          values[2 * item + channel] += 0.1 * value;
        });
      }
      return values;
    },
  };
  return { model, condition: tf.tensor2d([1, 2, 5, 6], [2, 2]) };
}

describe('decode', () => {
  it('yields every step with the tokens so far and the bytes of the cache', async () => {
    const { model, condition } = instance();

    const steps = await all(model, { seeds: [1n, 2n], condition: condition(2, false) });

    expect(steps.map(({ step, filled }) => [step, filled])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(steps.map(({ tokens }) => tokens.length)).toEqual([2, 4, 6, 8]);
    // 2 tensors x 2 layers x 2 rows x 8 numbers x 4 positions x 4 bytes.
    expect(steps[0].stateBytes).toBe(2 * 2 * 2 * 8 * 4 * 4);
    expect(steps[0].tokens[1]).toBe(steps[3].tokens[4]);
  });

  it('gives the chance between two steps to stop it, and frees everything', async () => {
    const { model, condition } = instance();
    const rows = condition(1, false);
    for (let stop = 1; stop <= 3; stop++) {
      const before = tf.memory().numTensors;
      const controller = new AbortController();
      let steps = 0;
      const run = async () => {
        const options = { seeds: [1n], condition: rows, signal: controller.signal };
        for await (const { step } of decode(model, options)) {
          steps = step + 1;
          if (steps === stop) controller.abort(new Error('enough'));
        }
      };

      await expect(run()).rejects.toThrow('enough');
      expect(steps).toBe(stop);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('does nothing under a signal that is already aborted', async () => {
    const { model, condition } = instance();
    const options = {
      seeds: [1n],
      condition: condition(1, false),
      signal: AbortSignal.abort(new Error('no')),
    };
    const opened: SequenceModel = {
      ...model,
      open: () => {
        throw new Error('opened');
      },
    };

    await expect(all(opened, options)).rejects.toThrow('no');
  });

  it('keeps given ids and conditions the free ones on them', async () => {
    const { model, condition } = instance();
    const given = Int32Array.of(3, -1, 5, -1);
    const rows = condition(1, false);

    const steps = await all(model, { seeds: [4n], condition: rows, given });

    const { tokens } = steps[3];
    expect([tokens[0], tokens[2]]).toEqual([3, 5]);
    expect([...tokens].every((id) => id >= 0 && id < 6)).toBe(true);
    const seen: number[] = [];
    const spying: SequenceModel = {
      ...model,
      inputs: (known, condition2, steps2) => {
        seen.push(...known.dataSync());
        return model.inputs(known, condition2, steps2);
      },
    };
    await all(spying, { seeds: [4n], condition: rows, given });
    expect(seen.slice(0, 1)).toEqual([3]);
  });

  it('at scale 1 draws what it draws unguided', async () => {
    const { model, condition } = instance();
    const seeds = [7n, 8n];

    const free = await all(model, { seeds, condition: condition(2, false) });
    const guided = await all(model, {
      seeds,
      condition: condition(2, true),
      guidanceScaleAt: () => 1,
    });

    expect(guided[3].tokens).toEqual(free[3].tokens);
  });

  it('asks for the guidance scale of each step', async () => {
    const { model, condition } = instance();
    const asked: number[] = [];
    const options = {
      seeds: [1n],
      condition: condition(1, true),
      guidanceScaleAt: (step: number) => asked.push(step),
    };

    await all(model, options);

    expect(asked).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['no seeds', { seeds: [] }, /condition must have 1 rows for 0 seeds, got 1/],
    ['a missing row', { seeds: [1n, 2n] }, /must have 2 rows for 2 seeds, got 1/],
    ['a missing half', { guidanceScaleAt: () => 2 }, /must have 2 rows for 1 seeds, got 1/],
    ['too few given ids', { given: new Int32Array(3) }, /must hold 4 ids .* got 3 ids/],
    ['an id of 6', { given: Int32Array.of(0, 0, 0, 6) }, /from -1 \(free\) to 5, .* 6 among/],
    ['an id of -2', { given: Int32Array.of(0, 0, 0, -2) }, /-2 among them/],
  ])('refuses %s', async (_, changes, message) => {
    const { model, condition } = instance();
    const options = { seeds: [1n], condition: condition(1, false), ...changes };

    await expect(all(model, options)).rejects.toThrow(OptionError);
    await expect(all(model, options)).rejects.toThrow(message);
  });

  it('names the step at which the distribution is not a number, and frees everything', async () => {
    const { model, rebind, condition } = instance();
    const rows = condition(1, false);
    const broken = rebind(
      mapParams(model.params, (weight, path) =>
        path === 'tokenEmbedding' ? tf.fill(weight.shape, NaN) : weight,
      ),
    );
    const before = tf.memory().numTensors;

    const run = all(broken, { seeds: [1n], condition: rows });

    // The first step reads no token.
    await expect(run).rejects.toThrow(NumericError);
    await expect(run).rejects.toThrow(/^decode: step 1: /);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('decodes continuous tokens: float32 latents around the mean of a Gaussian head', async () => {
    const { model, condition } = gaussianModel();
    const sums = [0, 0];
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const steps = await all(model, { seeds: [BigInt(run), BigInt(run + runs)], condition });
      const { tokens } = steps[0];
      expect(tokens).toBeInstanceOf(Float32Array);
      expect(tokens).toHaveLength(4);
      sums[0] += tokens[0] / runs;
      sums[1] += tokens[2] / runs;
    }

    // The first channel is the first of the condition; 0.1 / √200 = 0.007 is a standard error.
    expect(sums[0]).toBeCloseTo(1, 1);
    expect(sums[1]).toBeCloseTo(5, 1);
  });

  it('gives a continuous item the same latents alone and in a batch', async () => {
    const { model, condition } = gaussianModel();

    const both = await all(model, { seeds: [1n, 2n], condition });
    const alone = await all(model, { seeds: [2n], condition: tf.slice(condition, [1, 0], [1, 2]) });

    expect(both[3].tokens).toHaveLength(2 * 4 * 2);
    expect(both[3].tokens.slice(8)).toEqual(alone[3].tokens);
    expect(both[3].tokens[0]).not.toBe(both[3].tokens[8]);
  });

  it('refuses given ids where tokens are latents', async () => {
    const { model, condition } = gaussianModel();
    const options = { seeds: [1n, 2n], condition, given: new Int32Array(8) };

    await expect(all(model, options)).rejects.toThrow(OptionError);
  });
});

describe('positionKey', () => {
  it('folds the step and then the position into the key of the item', () => {
    expect(positionKey([1, 2], 3, 4)).toEqual(foldIn(foldIn([1, 2], 3), 4));
    expect(positionKey([1, 2], 3, 4)).not.toEqual(positionKey([1, 2], 4, 3));
  });
});

describe('tokensTensor', () => {
  it('shapes ids [items, n] and latents [items, n, channels]', () => {
    const ids = tokensTensor({ tokenSize: 1, tokenType: 'int32' }, Int32Array.of(1, 2, 3, 4), 2);
    const latents = tokensTensor(
      { tokenSize: 2, tokenType: 'float32' },
      Float32Array.of(1, 2, 3, 4),
      2,
    );

    expect([ids.shape, ids.dtype]).toEqual([[2, 2], 'int32']);
    expect([latents.shape, latents.dtype]).toEqual([[2, 1, 2], 'float32']);
  });
});
