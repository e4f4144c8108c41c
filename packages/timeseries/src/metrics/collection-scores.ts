import { mase, seasonalScale } from './mase.ts';
import { smape } from './smape.ts';

/** One series of a collection: what was known, what came, and what was forecast. */
export interface ScoredSeries {
  readonly history: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  readonly forecast: ArrayLike<number>;
}

/** Scores of a forecasting competition, every series counting alike. */
export interface CollectionScores {
  /** sMAPE in percent. */
  readonly smape: number;
  /** MASE. */
  readonly mase: number;
}

/**
 * Mean sMAPE and MASE over the series of a collection (Makridakis et al. 2020, M4).
 *
 * @param season  Of the MASE's unit: 24 of M4 Hourly, 1 of Weekly.
 * @throws what `smape` and `seasonalScale` throw.
 */
export function collectionScores(
  series: readonly ScoredSeries[],
  season: number,
): CollectionScores {
  const mean = (score: (one: ScoredSeries) => number) =>
    series.reduce((sum, one) => sum + score(one) / series.length, 0);
  return {
    smape: mean(({ actual, forecast }) => smape(actual, forecast)),
    mase: mean(({ history, actual, forecast }) =>
      mase(actual, forecast, seasonalScale(history, season)),
    ),
  };
}

/** OWA: the mean of both scores' ratios to those of a reference, Naive2 in M4 (Makridakis et al. 2020). */
export function owa(scores: CollectionScores, reference: CollectionScores): number {
  return (scores.smape / reference.smape + scores.mase / reference.mase) / 2;
}
