import { describe, expect, it } from 'vitest';
import { NumericError, OptionError } from '../errors.ts';
import { applyTemperature } from './temperature.ts';

describe('applyTemperature', () => {
  it('divides the distances to the largest, in place', () => {
    const logits = Float64Array.of(1, 3, -Infinity);

    expect(applyTemperature(logits, 0.5)).toBe(logits);
    expect([...logits]).toEqual([-4, 0, -Infinity]);
  });

  it('leaves the row untouched at 1', () => {
    expect([...applyTemperature(Float64Array.of(1, 3), 1)]).toEqual([1, 3]);
  });

  it('leaves only the lowest index of the largest at 0', () => {
    expect([...applyTemperature(Float64Array.of(1, 3, 3), 0)]).toEqual([-Infinity, 0, -Infinity]);
  });

  it.each([-1, NaN, Infinity, 100.5])('refuses temperature %s', (temperature) => {
    expect(() => applyTemperature(Float64Array.of(1), temperature)).toThrow(OptionError);
  });

  it('refuses a row of minus infinity', () => {
    expect(() => applyTemperature(Float64Array.of(-Infinity), 0)).toThrow(NumericError);
  });
});
