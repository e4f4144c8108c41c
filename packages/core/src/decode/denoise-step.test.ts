import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackboneState } from '../backbone/backbone.ts';
import { NumericError, OptionError } from '../errors.ts';
import { denoisedModel } from '../executors/denoised-model.test-support.ts';
import { latentsOf } from '../executors/latent-model.test-support.ts';
import { normals, purposes } from '../random/draw.ts';
import { foldIn, keyFromSeed } from '../random/threefry.ts';
import type { SequenceModel, StepDenoiser } from '../sequence-model.ts';
import { expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { denoiseStep } from './denoise-step.ts';
import type { NoisyStep } from './denoise-step.ts';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(3n);

/** A step of two positions of two channels. */
function stepOf(options: Partial<NoisyStep> = {}): NoisyStep {
  return {
    items: 1,
    isGuided: false,
    guidanceScale: 1,
    sampling: {},
    keyOf: (_, row) => foldIn(key, row),
    condition: tf.zeros([1, 1]),
    step: 0,
    positions: 2,
    channels: 2,
    ...options,
  };
}

/** What the latents of that step start from. */
const noise = [0, 1].flatMap((row) => [
  ...normals(foldIn(foldIn(key, row), purposes.headNoise), 2),
]);

/** A backbone whose hidden states are its rows. */
const echo = { peek: ({ x }: { x: tf.Tensor3D }) => x.clone() } as unknown as BackboneState;

function denoiserOf(steps: number, velocity: StepDenoiser['velocity']): StepDenoiser {
  return { steps, rows: (latents) => ({ x: latents }), velocity };
}

describe('denoiseStep', () => {
  it('takes Euler steps from noise: a velocity of -x leaves (1 - 1 / 4)^4 of it', async () => {
    const latents = await denoiseStep(denoiserOf(4, tf.neg), echo, stepOf());

    const left = noise.map((value) => 0.31640625 * value);
    expect(largestDifference(latents, left)).toBeLessThan(1e-6);
  });

  it('asks for rows at the times 0, 1 / 4, 2 / 4 and 3 / 4 of its step', async () => {
    const asked: unknown[] = [];
    const denoiser: StepDenoiser = {
      ...denoiserOf(4, tf.neg),
      rows: (latents, _, at) => {
        asked.push(at);
        return { x: latents };
      },
    };

    await denoiseStep(denoiser, echo, stepOf({ step: 2 }));

    expect(asked).toEqual([0, 0.25, 0.5, 0.75].map((time) => ({ step: 2, time })));
  });

  it('guides the velocity, and multiplies the noise by the temperature', async () => {
    // 10 with the condition and 4 without: 4 + 3 (10 - 4) = 22.
    const velocity = ({ shape: [, ...rest] }: tf.Tensor3D) =>
      tf.concat([tf.fill([1, ...rest], 10), tf.fill([1, ...rest], 4)]) as tf.Tensor3D;
    const guided = { isGuided: true, guidanceScale: 3, sampling: { temperature: 0.5 } };

    const latents = await denoiseStep(denoiserOf(2, velocity), echo, stepOf(guided));

    const expected = noise.map((value) => 22 + value / 2);
    expect(largestDifference(latents, expected)).toBeLessThan(1e-5);
  });

  it('refuses filters and latents that are not finite', async () => {
    const filtered = stepOf({ sampling: { topK: 3 } });
    const broken = denoiserOf(2, (hidden) => tf.fill(hidden.shape, NaN));

    await expect(denoiseStep(denoiserOf(2, tf.neg), echo, filtered)).rejects.toThrow(OptionError);
    await expect(denoiseStep(broken, echo, stepOf())).rejects.toThrow(NumericError);
  });

  it('leaves the backbone as if the step had never been peeked', async () => {
    const { model, dispose } = denoisedModel();
    const condition = tf.ones([1, 16]);
    const denoiser = model.denoiser as StepDenoiser;
    const kept = tf.ones([1, 4, 4]) as tf.Tensor3D;
    const following = async (state: BackboneState): Promise<ArrayLike<number>> => {
      state.extend(model.inputs(kept, condition, { from: 0, to: 1 }));
      return state.peek(denoiser.rows(kept, condition, { step: 1, time: 0.5 })).data();
    };
    const peeked = model.open(condition);
    await denoiseStep(denoiser, peeked, stepOf({ condition, positions: 4, channels: 4 }));

    expect(peeked.length).toBe(0);
    expect(await following(peeked)).toEqual(await following(model.open(condition)));
    dispose();
  });

  it('frees what it makes', async () => {
    const step = stepOf();

    await expectNoTensorLeak(() => denoiseStep(denoiserOf(2, tf.neg), echo, step));
  });
});

describe('decode with a denoiser', () => {
  it('peeks at every step and keeps the rows of finished latents, but for the last step', async () => {
    const { model, dispose } = denoisedModel();
    const calls: string[] = [];

    await latentsOf(recording(model, calls), { seeds: [1n] });

    const peeks = ['peek 4', 'peek 4', 'peek 4'];
    expect(calls).toEqual([...peeks, 'extend 4', ...peeks, 'extend 4', ...peeks]);
    dispose();
  });

  it('names the step whose latents are not finite, and frees what it made', async () => {
    const { model, dispose } = denoisedModel({
      change: (path, weight) =>
        path === 'velocity.bias' ? tf.fill(weight.shape, NaN) : weight.clone(),
    });

    await expectNoTensorLeak(() =>
      expect(latentsOf(model, {})).rejects.toThrow('decode: step 0: denoiser: latents must be'),
    );
    dispose();
  });
});

/** A model whose state notes what is asked of it. */
function recording(model: SequenceModel, calls: string[]): SequenceModel {
  return {
    ...model,
    open: (condition) => {
      const state = model.open(condition);
      return new Proxy(state, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          return (rows: { x?: tf.Tensor3D }): unknown => {
            if (rows?.x !== undefined) calls.push(`${String(name)} ${rows.x.shape[1]}`);
            return Reflect.apply(value, target, [rows]);
          };
        },
      });
    },
  };
}
