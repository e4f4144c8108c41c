import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { mortonDecode, mortonEncode } from './morton.ts';

describe('mortonEncode', () => {
  it('stays unsigned at 32 bits', () => {
    expect(mortonEncode([65535, 65535])).toBe(4294967295);
  });

  it('puts the axis named first lowest', () => {
    expect(mortonEncode([1, 0, 0], { axes: [2, 1, 0] })).toBe(4);
    expect(mortonEncode([0, 0, 1], { axes: [2, 1, 0] })).toBe(1);
  });

  it.each([[[1024, 0, 0]], [[65536, 0]], [[-1, 0]], [[0.5, 0]], [[1]], [[]]])(
    'refuses the cell %j',
    (cell) => {
      expect(() => mortonEncode(cell)).toThrow(OptionError);
    },
  );

  it.each([[[0, 0, 1]], [[0, 1]], [[1, 2, 3]]])('refuses the axis order %j', (axes) => {
    expect(() => mortonEncode([0, 0, 0], { axes })).toThrow(OptionError);
  });
});

describe('mortonDecode', () => {
  it('undoes the encoding of all 32^3 cells, whichever axis is lowest', () => {
    let wrong = 0;
    for (let code = 0; code < 32 ** 3; code++) {
      for (const axes of [
        [0, 1, 2],
        [2, 0, 1],
      ]) {
        if (mortonEncode(mortonDecode(code, 3, { axes }), { axes }) !== code) wrong++;
      }
    }

    expect(wrong).toBe(0);
  });

  it.each([-1, 0.5, 2 ** 30])('refuses the code %s in three dimensions', (code) => {
    expect(() => mortonDecode(code, 3)).toThrow(OptionError);
  });
});
