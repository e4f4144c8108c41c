import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { keepEpsilon, keepEta } from './keep-epsilon.ts';

describe('keepEpsilon', () => {
  it('drops tokens below the threshold', () => {
    const row = Float64Array.of(Math.log(6), Math.log(3), 0);

    expect([...keepEpsilon(row, 0.2)]).toEqual([Math.log(6), Math.log(3), -Infinity]);
  });

  it('keeps the most probable tokens whatever the threshold', () => {
    expect([...keepEpsilon(Float64Array.of(1, 1, 0), 0.9)]).toEqual([1, 1, -Infinity]);
  });

  it.each([-0.1, 1.1, NaN])('refuses epsilon = %s', (epsilon) => {
    expect(() => keepEpsilon(Float64Array.of(1), epsilon)).toThrow(OptionError);
  });
});

describe('keepEta', () => {
  it('lowers the threshold when the entropy is high', () => {
    // 100 equal tokens: e^-H = 0.01, so the threshold is sqrt(0.09) x 0.01 = 0.003, not 0.09.
    const flat = new Float64Array(100);
    flat[0] = Math.log(0.5);

    expect(keepEta(flat.slice(), 0.09)[0]).toBe(Math.log(0.5));
    expect(keepEpsilon(flat.slice(), 0.009)[0]).toBe(-Infinity);
  });

  it.each([-0.1, 1.1, NaN])('refuses eta = %s', (eta) => {
    expect(() => keepEta(Float64Array.of(1), eta)).toThrow(OptionError);
  });
});
