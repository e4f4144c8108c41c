export { readSeriesCsv } from './node/read-series.ts';
