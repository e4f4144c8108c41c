import { describe, expect, it } from 'vitest';
import * as index from './index.ts';

// Growing the surface is a visible act: a new export is added here.

describe('@nextx/timeseries', () => {
  it('exports these values', () => {
    expect(Object.keys(index).toSorted()).toEqual([
      'arNetParams',
      'arNetRecipe',
      'arProcess',
      'autoRegression',
      'benchmark',
      'calendarFeatures',
      'collectionScores',
      'continueTimestamps',
      'crpsFromQuantiles',
      'crpsFromSamples',
      'dLinearRecipe',
      'errorQuantiles',
      'ettSplit',
      'fitArNet',
      'fitAutoRegression',
      'fitLeastSquares',
      'forecastRecipes',
      'fractionSplit',
      'gatherVariateWindows',
      'gatherWindows',
      'iTransformerRecipe',
      'inferFrequency',
      'intervalCoverage',
      'leastSquaresPredictor',
      'longHorizonErrors',
      'mae',
      'mase',
      'mse',
      'msis',
      'naive',
      'naive2',
      'owa',
      'parseM4Csv',
      'parseSeriesCsv',
      'pinballLoss',
      'reachBack',
      'repeatLast',
      'rollForecast',
      'rolledLength',
      'seasonLength',
      'seasonalNaive',
      'seasonalScale',
      'seriesLength',
      'smape',
      'standardization',
      'standardize',
      'ttmRecipe',
      'windowStarts',
    ]);
  });
});
