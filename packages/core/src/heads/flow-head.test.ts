import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { NumericError, OptionError, ShapeError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import type { DenoisingMlpParams } from '../layers/denoising-mlp.ts';
import { normals, purposes } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import type { Key } from '../random/threefry.ts';
import { expectNoTensorLeak, largestDifference } from '../testing/tensor-checks.ts';
import { flowHead } from './flow-head.ts';
import type { SampleContext } from './head.ts';

beforeAll(() => tf.setBackend('cpu'));

const context: SampleContext = {
  items: 1,
  isGuided: false,
  guidanceScale: 1,
  sampling: {},
  keyOf: (item, row) => [item, row],
};
const head = flowHead({ width: 2, channels: 2, hidden: 2, blocks: 1, steps: 2 });
const noiseOf = (key: Key) => normals(foldIn(key, purposes.headNoise), 2);
const identity = () => tf.tensor2d([1, 0, 0, 1], [2, 2]);

/** The head at its start, velocity 0, with some weights replaced. */
function paramsWith(change: (params: DenoisingMlpParams) => void = () => undefined) {
  const params = head.init(initializer([1, 1]));
  change(params);
  return params;
}

/** Velocity `silu(hidden)`: the shift of the last norm, whose input is 0, straight from the condition. */
const ofHidden = paramsWith((params) => {
  params.input.weight = tf.zeros([2, 2]);
  params.condition.weight = identity();
  params.time.down.weight = tf.zeros([2, 2]);
  params.final.modulation.weight = tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 0], [2, 4]);
  params.final.output.weight = identity();
});
const silu = (x: number) => x / (1 + Math.exp(-x));

describe('flowHead', () => {
  it('starts with velocity 0: a latent is the noise of its own key', async () => {
    const latents = await head.sample(paramsWith(), tf.ones([1, 2, 2]), context);

    const noise = [...noiseOf([0, 0]), ...noiseOf([0, 1])];
    expect(largestDifference(latents, noise)).toBeLessThan(1e-6);
  });

  it('follows a constant velocity exactly, from noise times the temperature', async () => {
    const params = paramsWith(({ final }) => (final.output.bias = tf.tensor1d([3, -1])));
    const sampling = { temperature: 0.5 };

    const latents = await head.sample(params, tf.ones([1, 1, 2]), { ...context, sampling });

    const [a, b] = noiseOf([0, 0]);
    expect(largestDifference(latents, [a / 2 + 3, b / 2 - 1])).toBeLessThan(1e-6);
  });

  it('takes the velocity at the times i / steps, which the sinusoids count in thousandths', async () => {
    const params = paramsWith((own) => {
      own.input.weight = tf.zeros([2, 2]);
      own.condition.weight = tf.zeros([2, 2]);
      // The first sinusoid is the cosine of the time itself.
      own.time.up.weight = tf.tidy(() =>
        tf.pad(identity().slice(0, 1), [
          [0, 255],
          [0, 0],
        ]),
      );
      own.time.down.weight = identity();
      own.final.modulation.weight = ofHidden.final.modulation.weight;
      own.final.output.weight = identity();
    });
    const sampling = { temperature: 0 };

    const latents = await head.sample(params, tf.ones([1, 1, 2]), { ...context, sampling });

    const velocities = [0, 500].map((time) => silu(silu(Math.cos(time))));
    const mean = (velocities[0] + velocities[1]) / 2;
    expect(largestDifference(latents, [mean, 0])).toBeLessThan(1e-6);
  });

  it('guides the velocity by u + s (c - u), both halves from one noise', async () => {
    const hidden = tf.tensor3d([1, 2, -1, 0.5], [2, 1, 2]);
    const guided = { ...context, isGuided: true, guidanceScale: 3 };

    const latents = await head.sample(ofHidden, hidden, guided);

    const expected = [
      [1, -1],
      [2, 0.5],
    ].map(([c, u], channel) => noiseOf([0, 0])[channel] + silu(u) + 3 * (silu(c) - silu(u)));
    expect(largestDifference(latents, expected)).toBeLessThan(2e-6);
  });

  it('at scale 1 gives bit for bit what it gives unguided', async () => {
    const hidden = tf.tensor3d([1, 2, -1, 0.5], [2, 1, 2]);

    const guided = await head.sample(ofHidden, hidden, { ...context, isGuided: true });

    expect(guided).toEqual(await head.sample(ofHidden, hidden.slice(0, 1), context));
  });

  it('costs z² + 1 where it predicts 0, the mean square of latent minus noise', async () => {
    const latents = tf.fill([1, 2000, 2], 2);
    const loss = head.loss(paramsWith(), tf.zeros([1, 2000, 2]), latents, [7, 7]);

    // (2 - e)² has mean 5 and variance 18; of 16,000 of them the mean has deviation 0.034.
    expect(Math.abs((await loss.data())[0] - 5)).toBeLessThan(3 * 0.034);
  });

  it('costs at each position what a loss of that position alone has on average', async () => {
    const latents = tf.tensor3d(
      [...Array<number>(4000).fill(0), ...Array<number>(4000).fill(2)],
      [1, 2, 4000],
    );
    const wide = flowHead({ width: 2, channels: 4000, hidden: 2, blocks: 1 });
    const params = wide.init(initializer([1, 1]));

    const losses = await wide.losses(params, tf.zeros([1, 2, 2]), latents, [7, 7]).data();

    // (z - e)² has mean z² + 1 and at most variance 18; of 16,000 of them the mean has deviation 0.034.
    expect(largestDifference(losses, [1, 5])).toBeLessThan(3 * 0.034);
  });

  it('gives the latents of the noise that sampling draws', async () => {
    const hidden = tf.tensor3d([1, 2, -1, 0.5], [1, 2, 2]);
    const noise = tf.tensor3d([...noiseOf([0, 0]), ...noiseOf([0, 1])], [1, 2, 2]);

    const latents = await head.latents(ofHidden, hidden, noise).data();

    expect(largestDifference(latents, await head.sample(ofHidden, hidden, context))).toBe(0);
  });

  it('draws other noise for another key of the loss, and the same for the same', async () => {
    const lossOf = async (key: Key) => {
      const loss = head.loss(paramsWith(), tf.zeros([1, 3, 2]), tf.zeros([1, 3, 2]), key);
      return (await loss.data())[0];
    };

    expect(await lossOf([1, 2])).toBe(await lossOf([1, 2]));
    expect(await lossOf([1, 2])).not.toBe(await lossOf([1, 3]));
  });

  it.each([
    [{ width: 0 }, /width: .* got 0/],
    [{ steps: 1.5 }, /steps: .* got 1.5/],
    [{ depth: 3 }, /unknown keys "depth"/],
  ])('refuses the sizes %j', (changes, message) => {
    const options = { width: 2, channels: 2, ...changes };

    expect(() => flowHead(options)).toThrow(OptionError);
    expect(() => flowHead(options)).toThrow(message);
  });

  it.each([
    [{ topK: 3, topP: 0.9 }, /without filters, got topK, topP/],
    [{ temperature: -1 }, /temperature/],
  ])('refuses to sample with %j', async (sampling, message) => {
    const run = head.sample(paramsWith(), tf.ones([1, 1, 2]), { ...context, sampling });

    await expect(run).rejects.toThrow(OptionError);
    await expect(run).rejects.toThrow(message);
  });

  it('refuses latents of other channels than its own', () => {
    const lossOf = () => head.loss(paramsWith(), tf.zeros([1, 3, 2]), tf.zeros([1, 3, 5]), [1, 1]);

    expect(lossOf).toThrow(ShapeError);
  });

  it('refuses latents that are not numbers', async () => {
    const broken = paramsWith(({ final }) => (final.output.bias = tf.tensor1d([NaN, 0])));

    await expect(head.sample(broken, tf.ones([1, 1, 2]), context)).rejects.toThrow(NumericError);
  });

  it('leaks no tensor', async () => {
    const params = paramsWith();
    const hidden = tf.ones([1, 3, 2]) as tf.Tensor3D;
    await expectNoTensorLeak(async () => {
      head.loss(params, hidden, hidden, [1, 1]).dispose();
      head.losses(params, hidden, hidden, [1, 1]).dispose();
      head.latents(params, hidden, hidden).dispose();
      await head.sample(params, hidden, context);
    });
  });
});
