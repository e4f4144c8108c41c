import type { FinishedRun } from './forecast-run.ts';

/** A finished run of the single model, changed in what a test is about. */
export function finishedRun(changes: Partial<FinishedRun>): FinishedRun {
  return {
    set: 'ETTh1',
    system: 'AutoTimes',
    lookBack: 672,
    seed: 1,
    method: {},
    errors: [96, 192, 336, 720].map((horizon) => errorAt(horizon, 0.4, 0.5)),
    training: {
      parameters: 1000,
      epoch: 2,
      epochs: [1, 2, 3].map((epoch) => ({ epoch, loss: 0.3, validation: 0.7, seconds: 10 })),
    },
    seconds: { training: 60, test: 5 },
    engine: 'native 4.22.0',
    ...changes,
  };
}

/** Errors at a horizon. */
export function errorAt(horizon: number, mse: number, mae: number): FinishedRun['errors'][number] {
  return { horizon, windows: 2881 - horizon, mse, mae };
}
