import type { Baseline } from '../baselines/baseline.ts';
import { errorQuantiles } from '../baselines/error-quantiles.ts';
import { type Series, variateValues } from '../series.ts';
import type { RawForecast } from './raw-forecast.ts';

/**
 * Forecasts every variate by itself; quantiles are the point plus those of past errors.
 *
 * @param probabilities  Of the quantiles, none for points alone.
 * @throws {DataError} TOO_SHORT as the baseline and `errorQuantiles` say.
 */
export function baselineForecast(
  baseline: Baseline,
  series: Series,
  {
    horizon,
    probabilities,
  }: { readonly horizon: number; readonly probabilities: readonly number[] },
): RawForecast {
  const width = series.variates.length;
  const values = new Float64Array(horizon * width);
  const quantiles = new Float64Array(values.length * probabilities.length);
  series.variates.forEach((_, variate) => {
    const history = variateValues(series, variate);
    const continuation = baseline.fit(history);
    const points = continuation.predict(history, horizon);
    points.forEach((point, step) => {
      values[step * width + variate] = point;
    });
    if (probabilities.length === 0) return;
    const errors = errorQuantiles(continuation, history, { horizon, probabilities });
    errors.forEach((error, index) => {
      const step = Math.floor(index / probabilities.length);
      const at = (step * width + variate) * probabilities.length + (index % probabilities.length);
      quantiles[at] = points[step] + error;
    });
  });
  return probabilities.length === 0 ? { values } : { values, quantiles };
}
