import { disposeParams, namedParams } from '@nextx/core';
import {
  cosineEpochs,
  fitLeastSquares,
  forecastRecipes,
  halvingEpochs,
  leastSquaresPredictor,
  longHorizonErrors,
  repeatLast,
  trainOnBenchmark,
} from '@nextx/timeseries';
import type { Benchmark, ForecastStep, LongHorizonErrors } from '@nextx/timeseries';
import type { FinishedRun, PlannedRun } from './forecast-run.ts';
import type { ClosedForm, NetworkTraining } from './forecast-systems.ts';

/** What a run needs of its caller. */
export interface RunContext {
  /** A set under its protocol, by name. */
  readonly open: (set: string) => Promise<Benchmark>;
  /** Engine, release and threads, in words. */
  readonly engine: string;
  readonly signal: AbortSignal;
  readonly onStep: (step: ForecastStep) => void;
}

type Measured = Pick<FinishedRun, 'errors' | 'training' | 'seconds'>;

/**
 * Trains, chooses the epoch by the validation windows, and only then touches the test windows, all of them.
 *
 * @throws the signal's reason when it is aborted; nothing of the run is kept.
 */
export async function runForecast(run: PlannedRun, context: RunContext): Promise<FinishedRun> {
  const { set, system, seed, method } = run;
  const data = await context.open(set);
  const measured =
    'baseline' in method
      ? await runClosedForm(method, run, data)
      : await runNetwork(method, { run, data, context });
  const { name, lookBack } = system;
  const { engine } = context;
  return { set, system: name, lookBack, seed, method: { ...method }, ...measured, engine };
}

async function runClosedForm(
  { baseline, lookBack }: ClosedForm,
  { horizons }: PlannedRun,
  data: Benchmark,
): Promise<Measured> {
  const horizon = Math.max(...horizons);
  const started = performance.now();
  if (baseline === 'repeat-last') {
    return tested(started, () => longHorizonErrors(repeatLast(horizon), data, { horizons }));
  }
  const map = fitLeastSquares(data.values, data.split.train, { lookBack, horizon });
  const predictor = leastSquaresPredictor(map);
  try {
    return await tested(started, () => longHorizonErrors(predictor, data, { horizons }));
  } finally {
    predictor.dispose();
  }
}

async function runNetwork(
  method: NetworkTraining,
  {
    run: { set, horizons, seed },
    data,
    context,
  }: { readonly run: PlannedRun; readonly data: Benchmark; readonly context: RunContext },
): Promise<Measured> {
  const { samples, epochs, batchSize, learningRate, schedule, mixedWith = [] } = method;
  const { signal } = context;
  const recipe = await forecastRecipes[method.recipe]();
  const options = recipe.parse(method.options);
  const others = mixedWith.filter((name) => name !== set);
  const started = performance.now();
  const trained = await trainOnBenchmark(data, {
    recipe,
    options,
    samples,
    mixedWith: await Promise.all(others.map((name) => context.open(name))),
    epochs,
    batchSize,
    learningRate:
      schedule === 'halving' ? halvingEpochs(learningRate) : cosineEpochs(learningRate, epochs),
    seed: BigInt(seed),
    signal,
    onStep: context.onStep,
  });
  try {
    const forecaster = recipe.bind(options, trained.params);
    const measured = await tested(started, () =>
      longHorizonErrors(forecaster, data, { horizons, signal }),
    );
    const parameters = namedParams(trained.params).reduce((sum, [, { size }]) => sum + size, 0);
    const { epoch, epochs: made } = trained;
    return { ...measured, training: { parameters, epoch, epochs: made } };
  } finally {
    disposeParams(trained.params);
  }
}

async function tested(
  started: number,
  test: () => Promise<LongHorizonErrors[]>,
): Promise<Pick<Measured, 'errors' | 'seconds'>> {
  const trainedAt = performance.now();
  const errors = await test();
  const seconds = (from: number, to: number) => Number(((to - from) / 1000).toFixed(1));
  return {
    errors,
    seconds: {
      training: seconds(started, trainedAt),
      test: seconds(trainedAt, performance.now()),
    },
  };
}
