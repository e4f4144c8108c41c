import { describe, expect, it } from 'vitest';
import { cosineEpochs, halvingEpochs } from './epoch-rates.ts';

describe('cosineEpochs', () => {
  it('falls from the peak over a half in the middle to 0', () => {
    const rate = cosineEpochs(0.4, 10);

    expect(rate(0)).toBe(0.4);
    expect(rate(5)).toBeCloseTo(0.2, 12);
    expect(rate(10)).toBeCloseTo(0, 12);
    expect(rate(12)).toBeCloseTo(0, 12);
  });
});

describe('halvingEpochs', () => {
  it('halves after every whole epoch', () => {
    const rate = halvingEpochs(1e-4);

    expect([0, 0.9, 1, 2.5].map(rate)).toEqual([1e-4, 1e-4, 5e-5, 2.5e-5]);
  });
});
