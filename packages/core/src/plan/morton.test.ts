import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { mortonDecode, mortonEncode } from './morton.ts';

interface Fixture {
  readonly 'two_d_4x4_code[x][y]': number[][];
  readonly three_d_samples: { readonly xyz: number[]; readonly code: number }[];
  readonly three_d_2x2x2_order: number[][];
  readonly three_d_4x4x4_order_first_16: number[][];
  readonly two_d_order_4x4: number[][];
}

const fixture = readFixtureJson<Fixture>('core', 'morton', 'order.json');

describe('mortonEncode', () => {
  it('gives the codes of the table in two dimensions', () => {
    const codes = [0, 1, 2, 3].map((x) => [0, 1, 2, 3].map((y) => mortonEncode([x, y])));

    expect(codes).toEqual(fixture['two_d_4x4_code[x][y]']);
  });

  it.each(fixture.three_d_samples)('gives $code for $xyz', ({ xyz, code }) => {
    expect(mortonEncode(xyz)).toBe(code);
  });

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
  it('walks the cells in the orders of the tables', () => {
    const walk = (count: number, rank: number): number[][] =>
      Array.from({ length: count }, (_, code) => mortonDecode(code, rank));

    expect(walk(8, 3)).toEqual(fixture.three_d_2x2x2_order);
    expect(walk(16, 3)).toEqual(fixture.three_d_4x4x4_order_first_16);
    expect(walk(16, 2)).toEqual(fixture.two_d_order_4x4);
  });

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
