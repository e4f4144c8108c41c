import { describe, expect, it } from 'vitest';
import { configDifferences } from './config-differences.ts';

describe('configDifferences', () => {
  it('names every value that differs, by its path', () => {
    const now = { a: 1, b: { c: [1, 2], d: 3 }, only: true };
    const saved = { a: 1, b: { c: [1, 3], d: 3 } };

    expect(configDifferences(now, saved)).toEqual([
      'b.c: [1,2] now, [1,3] in the checkpoint',
      'only: true now, nothing in the checkpoint',
    ]);
  });

  it('finds none between equal values', () => {
    expect(configDifferences({ a: { b: null } }, { a: { b: null } })).toEqual([]);
  });
});
