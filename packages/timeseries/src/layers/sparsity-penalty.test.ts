import { OptionError } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { penaltyForShare, penaltyRamp, penaltySlope, sparsityPenalty } from './sparsity-penalty.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('sparsityPenalty', () => {
  it('is nothing for zeros and nearly 1 for large weights', async () => {
    await expectAllClose(sparsityPenalty(tf.tensor1d([0, 0])), [0], 1e-3);
    await expectAllClose(sparsityPenalty(tf.tensor1d([100, -100])), [1], 1e-2);
  });

  it('is the mean of 2 / (1 + exp(-c₁ |w|^(1 / c₂))) - 1', async () => {
    const expected = (2 / (1 + Math.exp(-3 * 2)) - 1) / 2;

    await expectAllClose(sparsityPenalty(tf.tensor1d([-8, 0])), [expected], 1e-3);
  });

  it('frees everything but its result', async () => {
    const weights = tf.tensor1d([1]);
    await expectNoTensorLeak(() => sparsityPenalty(weights).dispose());
  });
});

describe('penaltySlope', () => {
  it.each([-0.7, -0.01, 0.2, 3])('is the derivative at %d', async (weight) => {
    const derivative = tf.grad((w) => sparsityPenalty(w))(tf.tensor1d([weight]));

    await expectAllClose(derivative, [penaltySlope(weight)], 1e-4);
  });

  it('is 0 at 0, where it would be infinite', () => {
    expect(penaltySlope(0)).toBe(0);
  });
});

describe('penaltyForShare', () => {
  it('is nothing where all weights count, and grows as fewer do', () => {
    expect(penaltyForShare(1)).toBe(0);
    expect(penaltyForShare(0.5)).toBeCloseTo(0.02, 12);
    expect(penaltyForShare(0.1, 0.01)).toBeCloseTo(0.09, 12);
  });

  it.each([0, -1, 1.1, NaN])('refuses a share of %d', (share) => {
    expect(() => penaltyForShare(share)).toThrow(OptionError);
  });
});

describe('penaltyRamp', () => {
  it('rises as a square over the first half', () => {
    expect([0, 0.25, 0.5, 1].map((progress) => penaltyRamp(progress))).toEqual([0, 0.25, 1, 1]);
  });

  it('waits until its start', () => {
    expect(penaltyRamp(0.2, { start: 0.2, full: 0.6 })).toBe(0);
    expect(penaltyRamp(0.4, { start: 0.2, full: 0.6 })).toBeCloseTo(0.25, 12);
  });
});
