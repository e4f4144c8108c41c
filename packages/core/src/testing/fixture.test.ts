import { describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { channelsFirst, excessOverTolerance } from './fixture.ts';

const tolerance = { float_abs: 0.1, float_rel: 0.01 };

describe('excessOverTolerance', () => {
  it('allows the absolute and a share of the expected value', () => {
    expect(excessOverTolerance('x', [100.9], [100], tolerance)).toBeCloseTo(0.9 - 0.1 - 1, 6);
    expect(excessOverTolerance('x', [102], [100], tolerance)).toBeCloseTo(2 - 0.1 - 1, 6);
  });

  it('can take the share of the largest value', () => {
    const ofMax = { ...tolerance, of_max: true };

    expect(excessOverTolerance('x', [1, 100], [0, 100], ofMax)).toBeLessThanOrEqual(0);
    expect(excessOverTolerance('x', [1, 100], [0, 100], tolerance)).toBeGreaterThan(0);
  });

  it('follows the last override that fits the name', () => {
    const overrides = { 'grad.*': { float_abs: 5 }, 'grad.a': { float_abs: 0.5 } };
    const own = { float_abs: 0, float_rel: 0, overrides };

    expect(excessOverTolerance('grad.b', [3], [0], own)).toBe(-2);
    expect(excessOverTolerance('grad.a', [3], [0], own)).toBe(2.5);
    expect(excessOverTolerance('gradXa', [3], [0], own)).toBe(3);
  });

  it('never passes NaN or another length', () => {
    expect(excessOverTolerance('x', [NaN], [1], tolerance)).toBe(Infinity);
    expect(excessOverTolerance('x', [1], [1, 1], tolerance)).toBe(Infinity);
  });
});

describe('channelsFirst', () => {
  it('gives [B, C, H, W] of [B, H, W, C] and frees the tensor', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor4d([1, 10, 2, 20], [1, 1, 2, 2]);

    expect([...(await channelsFirst(x))]).toEqual([1, 2, 10, 20]);
    expect(x.isDisposed).toBe(true);
  });
});
