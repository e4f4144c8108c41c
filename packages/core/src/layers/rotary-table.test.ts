import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../errors.ts';
import { halfSplitToInterleaved, rotaryTable } from './rotary-table.ts';

describe('rotaryTable', () => {
  it('takes real coordinates', () => {
    const { cos } = rotaryTable({ coordinates: [2.5], rank: 1, headSize: 2 });

    expect(cos[0]).toBeCloseTo(-0.8011436155, 7);
  });

  it.each([
    [2, 6],
    [1, 3],
    [3, 8],
    [1, 0],
    [1, -2],
    [0, 8],
    [1, NaN],
  ])('refuses, for rank %s, heads of %s', (rank, headSize) => {
    expect(() => rotaryTable({ coordinates: [], rank, headSize })).toThrow(OptionError);
  });

  it('refuses a wavelength base of 0 and coordinates of another rank', () => {
    expect(() => rotaryTable({ coordinates: [1], rank: 1, headSize: 2, theta: 0 })).toThrow(
      OptionError,
    );
    expect(() => rotaryTable({ coordinates: [1, 2, 3], rank: 2, headSize: 4 })).toThrow(ShapeError);
  });
});

describe('halfSplitToInterleaved', () => {
  it('interleaves the halves', () => {
    expect([...halfSplitToInterleaved(8)]).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
  });

  it.each([0, 3, -2, 1.5])('refuses heads of %s', (headSize) => {
    expect(() => halfSplitToInterleaved(headSize)).toThrow(OptionError);
  });
});
