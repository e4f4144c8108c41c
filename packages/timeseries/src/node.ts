export { readM4Csv, readSeries, readSeriesCsv, readTsf } from './node/read-series.ts';
