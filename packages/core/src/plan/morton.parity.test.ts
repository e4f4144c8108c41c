import { expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { mortonDecode, mortonEncode } from './morton.ts';

interface Fixture {
  readonly 'two_d_4x4_code[x][y]': number[][];
  readonly three_d_samples: { readonly xyz: number[]; readonly code: number }[];
  readonly three_d_2x2x2_order: number[][];
  readonly three_d_4x4x4_order_first_16: number[][];
  readonly two_d_order_4x4: number[][];
}

const source = { modality: 'core', system: 'morton', file: 'order.json' };

describeParity('Morton order', source, () => {
  const fixture = readFixtureJson<Fixture>('core', 'morton', source.file);

  it('gives the codes of the table in two dimensions', () => {
    const codes = [0, 1, 2, 3].map((x) => [0, 1, 2, 3].map((y) => mortonEncode([x, y])));

    expect(codes).toEqual(fixture['two_d_4x4_code[x][y]']);
  });

  it.each(fixture.three_d_samples)('gives $code for $xyz', ({ xyz, code }) => {
    expect(mortonEncode(xyz)).toBe(code);
  });

  it.each([
    ['three_d_2x2x2_order', 3],
    ['three_d_4x4x4_order_first_16', 3],
    ['two_d_order_4x4', 2],
  ] as const)('walks the cells in the order of %s', (name, rank) => {
    const order = fixture[name];

    expect(order.map((_, code) => mortonDecode(code, rank))).toEqual(order);
  });
});
