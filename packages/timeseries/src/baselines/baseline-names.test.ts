import { expect, it } from 'vitest';
import { baselines } from './baseline-names.ts';

it('baselines repeat the season that they are given, and the autoregression sees one step beyond it', () => {
  const wave = Float64Array.from({ length: 60 }, (_, row) => row % 4);

  expect([...baselines['seasonal-naive'](4).fit(wave).predict(wave, 4)]).toEqual([0, 1, 2, 3]);
  expect([...baselines['naive'](4).fit(wave).predict(wave, 2)]).toEqual([3, 3]);
  expect(Object.values(baselines).map((make) => make(4).fit(wave).context)).toEqual([1, 4, 1, 5]);
});
