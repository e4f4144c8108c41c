import { disposeParams, mapParams, train } from '@nextx/core';
import type { ParamTree } from '@nextx/core';
import type { Forecaster, Windows } from '@nextx/timeseries';
import { forecastLearningRate } from './forecast-network.ts';
import type { ForecastAnswer, ForecastJob } from './forecast-network.ts';
import { median } from './statistics.ts';

/** A network and what it is measured on; all borrowed. */
export interface MeasuredForecaster {
  readonly params: ParamTree;
  readonly bind: (params: ParamTree) => Forecaster;
  readonly windows: Windows;
  /** The windows without their future values. */
  readonly past: Windows;
}

/** Trains on one batch again and again by nextx's own trainer, then forecasts it with the trained weights. */
export async function measureForecaster(
  { params, bind, windows, past }: MeasuredForecaster,
  { steps, forecasts }: Pick<ForecastJob, 'steps' | 'forecasts'>,
): Promise<Omit<ForecastAnswer, 'version'>> {
  const losses: number[] = [];
  const seconds: number[] = [];
  let trained: ParamTree | undefined;
  let since = performance.now();
  const updates = train(
    { params, count: 1, loss: (weights) => ({ loss: bind(weights).loss(windows) }) },
    {
      steps: steps + 1,
      batchSize: 1,
      learningRateAt: () => forecastLearningRate,
      weightDecayAt: () => 0,
      beta2: 0.999,
      clipNorm: 0,
      seed: 1n,
    },
  );
  for await (const { loss, step, weights } of updates) {
    seconds.push((performance.now() - since) / 1000);
    losses.push(loss);
    if (step > steps) trained = mapParams(weights('current'), (weight) => weight.clone());
    since = performance.now();
  }
  const forecaster = bind(trained ?? params);
  const forecastSeconds: number[] = [];
  for (let index = 0; index <= forecasts; index++) {
    const started = performance.now();
    const ahead = forecaster.predict(past);
    await ahead.data();
    ahead.dispose();
    forecastSeconds.push((performance.now() - started) / 1000);
  }
  if (trained !== undefined) disposeParams(trained);
  return {
    losses,
    stepSeconds: median(seconds.slice(1)),
    forecastSeconds: median(forecastSeconds.slice(1)),
  };
}
