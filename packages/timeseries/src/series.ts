/** Observations of one or several variates at successive times. */
export interface Series {
  /** `[time, variates]`, row-major; NaN where nothing was observed. */
  readonly values: Float64Array;
  /** Names of the variates, as many as a row of `values` has numbers. */
  readonly variates: readonly string[];
  /** Milliseconds since 1970 (UTC) of each row, ascending; absent where rows are only counted. */
  readonly timestamps?: Float64Array;
  /** The step between rows; absent where there are no timestamps. */
  readonly frequency?: Frequency;
}

/** A step between observations: `{ count: 15, unit: 'minute' }` is a quarter of an hour. */
export interface Frequency {
  readonly count: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
  /** Of months and years: every row is on the last day of its month. */
  readonly isMonthEnd?: boolean;
}

/** Rows of a series. */
export function seriesLength({ values, variates }: Series): number {
  return values.length / variates.length;
}

/** One variate over all rows, a copy. */
export function variateValues(
  { values, variates }: Pick<Series, 'values' | 'variates'>,
  variate: number,
): Float64Array {
  return values.filter((_, index) => index % variates.length === variate);
}
