import type { Baseline } from '../baselines/baseline.ts';
import { naive2 } from '../baselines/naive2.ts';
import { forecastAll } from '../forecast.ts';
import { collectionScores, owa } from '../metrics/collection-scores.ts';
import { msis } from '../metrics/interval-score.ts';
import { seasonalScale } from '../metrics/mase.ts';
import type { Predictor } from '../recipes/forecast-recipe.ts';
import type { Series } from '../series.ts';
import type { M4SetFacts } from './m4-published.ts';

/** A set of the competition, read. */
export interface M4Set extends Pick<M4SetFacts, 'horizon' | 'season'> {
  /** Of one variate each. */
  readonly histories: readonly Series[];
  /** What came after each. */
  readonly actuals: readonly Float64Array[];
}

/** Scores as the competition counts them. */
export interface M4Row {
  readonly method: string;
  /** In percent. */
  readonly smape: number;
  readonly mase: number;
  readonly owa: number;
  /** Of intervals of 95 percent. */
  readonly msis: number;
}

/**
 * Scores of a way to forecast on a set of the M4 competition, the mean over its series: sMAPE, MASE, their mean relative to Naive2
 * and MSIS (Makridakis et al. 2020).
 *
 * @throws what `forecastAll` throws.
 */
export async function m4Scores(
  { histories, actuals, horizon, season }: M4Set,
  { method, model }: { readonly method: string; readonly model: Predictor | Baseline },
): Promise<M4Row> {
  const forecasts = await forecastAll(histories, { horizon, levels: [95], model });
  const pasts = histories.map(({ values }) => values);
  const scores = collectionScores(
    forecasts.map(({ values }, index) => ({
      history: pasts[index],
      actual: actuals[index],
      forecast: values,
    })),
    season,
  );
  const reference = collectionScores(
    pasts.map((history, index) => ({
      history,
      actual: actuals[index],
      forecast: naive2(season).fit(history).predict(history, horizon),
    })),
    season,
  );
  const intervals = forecasts.map(({ intervals: [bounds] }, index) =>
    msis(actuals[index], bounds, { coverage: 0.95, scale: seasonalScale(pasts[index], season) }),
  );
  return {
    method,
    ...scores,
    owa: owa(scores, reference),
    msis: intervals.reduce((sum, score) => sum + score / intervals.length, 0),
  };
}
