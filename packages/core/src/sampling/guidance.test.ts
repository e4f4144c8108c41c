import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../errors.ts';
import {
  combineGuidance,
  guidanceScaleAt,
  parseGuidanceScale,
  parseGuidanceSchedule,
} from './guidance.ts';

describe('combineGuidance', () => {
  it('equals (1 + t) c - t u at scale 1 + t', () => {
    const logits = combineGuidance(Float64Array.of(1, 2), [0.5, 4], 3);

    expect([...logits]).toEqual([3 * 1 - 2 * 0.5, 3 * 2 - 2 * 4]);
  });

  it('is the conditional half bit for bit at scale 1', () => {
    const c = Float32Array.of(0.1, 1e8);

    expect(combineGuidance(c, Float32Array.of(1e8, 0.3), 1)).toEqual(c);
  });

  it('writes where it is told, even over an input, and otherwise leaves the inputs', () => {
    const c = Float32Array.of(1, 2);

    expect([...combineGuidance(c, [0, 0], 2)]).toEqual([2, 4]);
    expect([...c]).toEqual([1, 2]);
    expect(combineGuidance(c, [0, 0], 2, c)).toBe(c);
    expect([...c]).toEqual([2, 4]);
  });

  it('refuses halves of different lengths', () => {
    expect(() => combineGuidance(Float64Array.of(1, 2), [1], 2)).toThrow(ShapeError);
  });
});

describe('guidanceScaleAt', () => {
  it('stays the same when constant, rises with the steps or with the revealed share', () => {
    const progress = { step: 1, steps: 3, masked: 12, total: 16 };

    expect(guidanceScaleAt('constant', 5, progress)).toBe(5);
    expect(guidanceScaleAt('linear', 5, progress)).toBe(1 + 4 / 2);
    expect(guidanceScaleAt('masked', 5, progress)).toBe(1 + 4 / 4);
  });

  it('is 1 outside a window, whose ends belong to it', () => {
    const scales = [0, 1, 2, 3, 4].map((step) =>
      guidanceScaleAt({ from: 1, to: 3 }, 7, { step, steps: 5 }),
    );

    expect(scales).toEqual([1, 7, 7, 7, 1]);
  });

  it('is the full scale when the only step is the last', () => {
    expect(guidanceScaleAt('linear', 3, { step: 0, steps: 1 })).toBe(3);
  });

  it('refuses a masked schedule without the masked count', () => {
    expect(() => guidanceScaleAt('masked', 3, { step: 0, steps: 1 })).toThrow(OptionError);
  });
});

describe('parseGuidanceScale', () => {
  it.each([0, 1, 4.5, 100])('takes %s', (scale) => {
    expect(parseGuidanceScale(scale)).toBe(scale);
  });

  it.each([NaN, 1e308, -3, 100.1, Infinity, '3', null])('refuses %s', (scale) => {
    expect(() => parseGuidanceScale(scale)).toThrow(OptionError);
  });
});

describe('parseGuidanceSchedule', () => {
  it.each(['constant', 'linear', 'masked', { from: 0, to: 0 }, { from: 2, to: 5 }])(
    'takes %j',
    (schedule) => {
      expect(parseGuidanceSchedule(schedule)).toEqual(schedule);
    },
  );

  it.each([
    'cosine',
    '',
    null,
    3,
    { from: 2 },
    { from: 3, to: 2 },
    { from: 0.5, to: 2 },
    { to: -1 },
  ])('refuses %j', (schedule) => {
    expect(() => parseGuidanceSchedule(schedule)).toThrow(OptionError);
  });
});
