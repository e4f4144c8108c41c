export { backtest, crpsLevels } from './backtest.ts';
export type { BacktestOptions, BacktestReport, BacktestScores } from './backtest.ts';
export { autoRegression, fitAutoRegression } from './baselines/auto-regression.ts';
export type { AutoRegression } from './baselines/auto-regression.ts';
export type { Baseline, Continuation } from './baselines/baseline.ts';
export { baselines } from './baselines/baseline-names.ts';
export { errorQuantiles } from './baselines/error-quantiles.ts';
export { fitLeastSquares, leastSquaresPredictor } from './baselines/least-squares.ts';
export type { LeastSquaresMap } from './baselines/least-squares.ts';
export { naive, seasonalNaive } from './baselines/naive.ts';
export { naive2 } from './baselines/naive2.ts';
export { repeatLast } from './baselines/repeat-last.ts';
export { benchmark } from './data/benchmark.ts';
export type { Benchmark } from './data/benchmark.ts';
export { calendarFeatures } from './data/calendar.ts';
export { parseM4Csv } from './data/m4.ts';
export { parseSeriesCsv } from './data/series-csv.ts';
export { parseSeriesParquet, seriesParquet } from './data/series-parquet.ts';
export type { SeriesTableOptions } from './data/series-table.ts';
export { ettSplit, fractionSplit, reachBack } from './data/splits.ts';
export type { RowRange, Split } from './data/splits.ts';
export { simulateAutoRegression, stationaryCoefficients } from './data/simulate-auto-regression.ts';
export { standardization, standardize } from './data/standardize.ts';
export type { Standardization } from './data/standardize.ts';
export { parseTsf } from './data/tsf.ts';
export type { TsfCollection } from './data/tsf.ts';
export { gatherVariateWindows, gatherWindows, windowStarts } from './data/windows.ts';
export type { Table, WindowSize } from './data/windows.ts';
export { seriesCsv } from './data/write-series-csv.ts';
export { m4Sets } from './evaluation/m4-published.ts';
export type { M4PublishedRow, M4SetFacts } from './evaluation/m4-published.ts';
export { m4Scores } from './evaluation/m4-scores.ts';
export type { M4Row, M4Set } from './evaluation/m4-scores.ts';
export { zeroShotScores } from './evaluation/zero-shot.ts';
export type { ZeroShotOptions, ZeroShotRow } from './evaluation/zero-shot.ts';
export { countMissing, fillMissing } from './fill-missing.ts';
export type { FillMethod } from './fill-missing.ts';
export { loadForecastModel } from './forecast-model.ts';
export type { ForecastModel } from './forecast-model.ts';
export { cachedStream, slidingStream } from './forecast-stream.ts';
export type { ForecastStream } from './forecast-stream.ts';
export { forecastTable } from './forecast-table.ts';
export { forecast, forecastAll } from './forecast.ts';
export type { Forecast, ForecastInterval, ForecastOptions } from './forecast.ts';
export type { Covariates } from './forecasting/forecast-request.ts';
export type { ForecastProgress } from './forecasting/predict-windows.ts';
export {
  continueTimestamps,
  describeFrequency,
  inferFrequency,
  seasonLength,
} from './frequency.ts';
export { longHorizonErrors } from './long-horizon.ts';
export type { LongHorizonErrors, LongHorizonOptions } from './long-horizon.ts';
export { collectionScores, owa } from './metrics/collection-scores.ts';
export type { CollectionScores, ScoredSeries } from './metrics/collection-scores.ts';
export { intervalCoverage, msis } from './metrics/interval-score.ts';
export type { IntervalBounds } from './metrics/interval-score.ts';
export { mase, seasonalScale } from './metrics/mase.ts';
export { mae, mse } from './metrics/mean-error.ts';
export { crpsFromQuantiles, crpsFromSamples, pinballLoss } from './metrics/quantile-loss.ts';
export { smape } from './metrics/smape.ts';
export { promptedPredictor } from './prompted.ts';
export { forecastRecipes } from './recipes.ts';
export { arNetParams, arNetRecipe, autoRegressionOf } from './recipes/ar-net.ts';
export type { ArNetOptions, ArNetParams } from './recipes/ar-net.ts';
export { autoTimesGpt2, autoTimesRecipe, segmentAutoregression } from './recipes/autotimes.ts';
export type { AutoTimesOptions, AutoTimesParams } from './recipes/autotimes.ts';
export { dLinearRecipe } from './recipes/dlinear.ts';
export type { DLinearOptions, DLinearParams } from './recipes/dlinear.ts';
export { fitArNet } from './recipes/fit-ar-net.ts';
export type { ArNetFitOptions } from './recipes/fit-ar-net.ts';
export type {
  Forecaster,
  ForecastRecipe,
  ForecastState,
  Predictor,
  Windows,
} from './recipes/forecast-recipe.ts';
export { gphtRecipe } from './recipes/gpht.ts';
export type { GphtOptions, GphtParams, GphtStageParams } from './recipes/gpht.ts';
export { iTransformerRecipe } from './recipes/itransformer.ts';
export type { ITransformerOptions, ITransformerParams } from './recipes/itransformer.ts';
export { nLinearRecipe } from './recipes/nlinear.ts';
export type { NLinearOptions, NLinearParams } from './recipes/nlinear.ts';
export { patchForecasterRecipe } from './recipes/patch-forecaster.ts';
export type { PatchForecasterOptions, PatchForecasterParams } from './recipes/patch-forecaster.ts';
export { timeMoeLarge, timeMoeRecipe, timeMoeUltra } from './recipes/time-moe.ts';
export type { TimeMoeOptions, TimeMoeParams } from './recipes/time-moe.ts';
export { ttmRecipe } from './recipes/ttm.ts';
export type { TtmOptions, TtmParams } from './recipes/ttm.ts';
export { rollCached, rollCachedPieces } from './roll-cached.ts';
export { rollForecast, rolledLength } from './roll-forecast.ts';
export { pathQuantiles, rollPaths } from './roll-paths.ts';
export type { PathDraws, PathPredictor } from './roll-paths.ts';
export { rollQuantiles } from './roll-quantiles.ts';
export type { QuantilePredictor } from './roll-quantiles.ts';
export { seriesLength, variateValues } from './series.ts';
export type { Frequency, Series } from './series.ts';
export { cosineEpochs, halvingEpochs } from './training/epoch-rates.ts';
export { allWeights, forecastTrainee } from './training/forecast-trainee.ts';
export type { ForecastTraineeOptions } from './training/forecast-trainee.ts';
export { mixedWindowSet, seriesSource, syntheticSource } from './training/mixed-windows.ts';
export type {
  MixtureOptions,
  SeriesSourceOptions,
  SyntheticKind,
  WindowSource,
} from './training/mixed-windows.ts';
export { trainForecaster } from './training/train-forecaster.ts';
export type {
  ForecastEpoch,
  ForecastStep,
  ForecastTraining,
  TrainedForecaster,
} from './training/train-forecaster.ts';
export { trainOnBenchmark } from './training/train-on-benchmark.ts';
export type { BenchmarkResult, BenchmarkTraining } from './training/train-on-benchmark.ts';
export { joinedWindowSet, variateWindowSet, windowSet } from './training/window-set.ts';
export type { Tables, WindowSet } from './training/window-set.ts';
