import { describe, expect, it } from 'vitest';
import * as index from './index.ts';

// Growing the surface is a visible act: a new export is added here.

describe('@nextx/timeseries', () => {
  it('exports these values', () => {
    expect(Object.keys(index).toSorted()).toEqual([
      'arNetParams',
      'arNetRecipe',
      'arProcess',
      'benchmark',
      'calendarFeatures',
      'continueTimestamps',
      'dLinearRecipe',
      'ettSplit',
      'fitArNet',
      'forecastRecipes',
      'fractionSplit',
      'gatherVariateWindows',
      'gatherWindows',
      'iTransformerRecipe',
      'inferFrequency',
      'parseSeriesCsv',
      'reachBack',
      'seasonLength',
      'seriesLength',
      'standardization',
      'standardize',
      'windowStarts',
    ]);
  });
});
