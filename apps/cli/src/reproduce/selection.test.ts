import { describe, expect, it } from 'vitest';
import { UsageError } from '../terminal/usage-error.ts';
import { forecastSystems } from './forecast-systems.ts';
import { horizonsOf, seedsOf, selectionOf, setsOf } from './selection.ts';

const all = { systems: forecastSystems, parts: ['AR-Net', 'streaming'] };

describe('selectionOf', () => {
  it('is everything where nothing is named, and nothing where none is', () => {
    expect(selectionOf(undefined, all)).toBe(all);
    expect(selectionOf(['none'], all)).toEqual({ systems: [], parts: [] });
  });

  it('takes systems by name and by look-back, in any case, and parts', () => {
    const { systems, parts } = selectionOf(['itransformer', 'DLinear-336', 'ar-net'], all);

    expect(systems.map(({ name, lookBack }) => [name, lookBack])).toEqual([
      ['DLinear', 336],
      ['iTransformer', 96],
      ['iTransformer', 336],
    ]);
    expect(parts).toEqual(['AR-Net']);
  });

  it('refuses names that there are not', () => {
    expect(() => selectionOf(['DLinear', 'Prophet'], all)).toThrow(/AutoTimes.*got "Prophet"/);
  });
});

describe('horizons, seeds and sets', () => {
  it('are those of the tables, three seeds and both sets where none are named', () => {
    expect(horizonsOf(undefined)).toEqual([96, 192, 336, 720]);
    expect(seedsOf(undefined)).toEqual([1, 2, 3]);
    expect(setsOf(undefined)).toEqual(['ETTh1', 'ETTh2']);
  });

  it('are refused where they are none of the tables', () => {
    expect(horizonsOf(['720', '96'])).toEqual([96, 720]);
    expect(() => horizonsOf(['100'])).toThrow(UsageError);
    expect(() => seedsOf(['1', '-2'])).toThrow(UsageError);
    expect(() => setsOf(['ETTm1'])).toThrow(UsageError);
  });
});
