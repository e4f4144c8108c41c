/** Continues any stretch of the series that it was fitted to. */
export interface Continuation {
  /** Values before the forecast that must be known. */
  readonly context: number;
  /**
   * The values that follow.
   *
   * @param past  The series from its beginning to where the forecast starts, `context` values at least; borrowed.
   * @returns `[horizon]`
   */
  predict(past: Float64Array, horizon: number): Float64Array;
}

/** A forecast that needs no training beyond the history itself: what every model is shown beside. */
export interface Baseline {
  readonly name: string;
  /**
   * What it learns of one variate.
   *
   * @param history  All known values, finite; borrowed.
   * @throws {DataError} TOO_SHORT naming how many values are needed.
   */
  fit(history: Float64Array): Continuation;
}
