export { readM4Csv, readSeries, readSeriesCsv, readTsf } from './node/read-series.ts';
export { shippedForecastModels } from './node/shipped.ts';
