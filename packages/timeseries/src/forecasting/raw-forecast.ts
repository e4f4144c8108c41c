/** Numbers of a forecast, in the units of the series. */
export interface RawForecast {
  /** `[horizon, variates]` */
  readonly values: Float64Array;
  /** `[horizon, variates, probabilities]`, ascending; absent where only points were asked for. */
  readonly quantiles?: Float64Array;
}
