import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { NumericError } from '../errors.ts';
import { initializer } from '../initializer.ts';
import { uniforms } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { categoricalHead, sampleLogits } from './categorical-head.ts';
import type { SampleContext } from './head.ts';

beforeAll(() => tf.setBackend('cpu'));

const head = categoricalHead({ width: 2, vocabularySize: 3 });
const params = {
  weight: tf.tensor2d([0, Math.log(2), 0, 0, 0, Math.log(4)], [2, 3]),
  bias: tf.tensor1d([0, 0, 0]),
};
/** One sequence of two positions, with odds 1 : 2 : 1 and 1 : 1 : 4. */
const hidden = tf.tensor3d([1, 0, 0, 1], [1, 2, 2]);
const context: SampleContext = {
  items: 1,
  isGuided: false,
  guidanceScale: 1,
  sampling: {},
  keyOf: (item, row) => [item, row],
};

describe('categoricalHead', () => {
  it('starts from the uniform distribution at a deviation of 0, with a loss of ln V', async () => {
    const flat = categoricalHead({ width: 2, vocabularySize: 3, standardDeviation: 0 });
    const start = flat.init(initializer([1, 1]));
    const targets = tf.tensor2d([0, 2], [1, 2], 'int32');

    await expectAllClose(flat.loss(start, hidden, targets), [Math.log(3)], 1e-6);
    expect(
      categoricalHead({ width: 2, vocabularySize: 3, hasBias: false }).init(initializer([1, 1])),
    ).not.toHaveProperty('bias');
  });

  it('gives each target its log-probability, and the mean of the costs as its loss', async () => {
    const targets = tf.tensor2d([1, 2], [1, 2], 'int32');

    await expectAllClose(
      head.logProb(params, hidden, targets),
      [Math.log(2 / 4), Math.log(4 / 6)],
      1e-6,
    );
    await expectAllClose(
      head.loss(params, hidden, targets),
      [-(Math.log(1 / 2) + Math.log(2 / 3)) / 2],
      1e-6,
    );
  });

  it('draws the id at which the running sum passes the uniform of its position', async () => {
    const ids = await head.sample(params, hidden, context);

    const sums = [
      [1 / 4, 3 / 4, 1],
      [1 / 6, 2 / 6, 1],
    ];
    const expected = sums.map((row, position) => {
      const [u] = uniforms(foldIn([0, position], 0), 1);
      return row.findIndex((sum) => sum > u);
    });
    expect([...ids]).toEqual(expected);
  });

  it('refuses logits that are not numbers', async () => {
    const broken = { weight: tf.fill([2, 3], NaN) as tf.Tensor2D };

    await expect(head.sample(broken, hidden, context)).rejects.toThrow(NumericError);
  });

  it('leaks no tensor', async () => {
    const targets = tf.tensor2d([1, 2], [1, 2], 'int32');
    await expectNoTensorLeak(async () => {
      head.loss(params, hidden, targets).dispose();
      head.logProb(params, hidden, targets).dispose();
      head.logits(params, hidden).dispose();
      await head.sample(params, hidden, context);
    });
  });
});

describe('sampleLogits', () => {
  it('combines both halves by u + s (c - u) before it draws', () => {
    // c = (0, 1), u = (2, 0): at s = 2 the logits are (-2, 2), at s = 0 (2, 0).
    const logits = Float32Array.of(0, 1, 2, 0);
    const greedy = { ...context, isGuided: true, sampling: { topK: 1 } };

    expect([...sampleLogits(logits, 2, { ...greedy, guidanceScale: 2 })]).toEqual([1]);
    expect([...sampleLogits(logits, 2, { ...greedy, guidanceScale: 0 })]).toEqual([0]);
  });

  it('asks for the key of each item and row', () => {
    const asked: string[] = [];
    const keyOf = (item: number, row: number) => {
      asked.push(`${item}.${row}`);
      return [item, row] as const;
    };

    sampleLogits(new Float32Array(2 * 2 * 3), 3, { ...context, items: 2, keyOf });

    expect(asked).toEqual(['0.0', '0.1', '1.0', '1.1']);
  });
});
