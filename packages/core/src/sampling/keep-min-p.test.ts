import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { keepMinP } from './keep-min-p.ts';

describe('keepMinP', () => {
  it('drops what is below a share of the most probable', () => {
    const row = Float64Array.of(0, Math.log(0.6), Math.log(0.4));

    expect([...keepMinP(row, 0.5)]).toEqual([0, Math.log(0.6), -Infinity]);
  });

  it('does the same when applied twice', () => {
    const once = keepMinP(Float64Array.of(3, 1, 2, 2.9), 0.3);

    expect([...keepMinP(once.slice(), 0.3)]).toEqual([...once]);
  });

  it('keeps the largest and its ties at 1, and all at 0', () => {
    expect([...keepMinP(Float64Array.of(2, 1, 2), 1)]).toEqual([2, -Infinity, 2]);
    expect([...keepMinP(Float64Array.of(2, -99), 0)]).toEqual([2, -99]);
  });

  it.each([-0.1, 1.1, NaN])('refuses the share %s', (share) => {
    expect(() => keepMinP(Float64Array.of(1), share)).toThrow(OptionError);
  });
});
