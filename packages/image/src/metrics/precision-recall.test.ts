import { DataError, ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { densityCoverage, precisionRecall } from './precision-recall.ts';

const onLine = (...values: number[]) => ({ values, count: values.length, size: 1 });

describe('precisionRecall', () => {
  it('is 1 and 1 for equal sets', () => {
    expect(precisionRecall(onLine(0, 1, 2, 3), onLine(0, 1, 2, 3))).toEqual({
      precision: 1,
      recall: 1,
    });
  });

  it('has full precision and half the recall when only one of two clusters is made', () => {
    const real = onLine(0, 1, 2, 100, 101, 102);
    const made = onLine(0.1, 0.9, 1.1, 1.2, 1.8, 1.9);

    expect(precisionRecall(real, made, { k: 2 })).toEqual({ precision: 1, recall: 0.5 });
  });

  it('refuses unequal sets and sets of no more than k samples', () => {
    expect(() => precisionRecall(onLine(1, 2), onLine(1, 2, 3))).toThrow(ShapeError);
    expect(() => precisionRecall(onLine(1, 2), onLine(1, 2))).toThrow(DataError);
  });
});

describe('densityCoverage', () => {
  it('counts balls around generated samples by hand', () => {
    // Balls of k = 1: 0 and 1 reach 1 far, 3 reaches 2 far. Strictly inside: 0.5 in two of them, 2 in one, 9 in none.
    const scores = densityCoverage(onLine(0, 1, 3), onLine(0.5, 2, 9), { k: 1 });

    expect(scores).toEqual({ density: 1, coverage: 1 });
  });
});
