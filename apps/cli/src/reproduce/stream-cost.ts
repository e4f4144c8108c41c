import { initializer, trainingKey, turnOfEventLoop } from '@nextx/core';
import { autoTimesRecipe, cachedStream, segmentAutoregression } from '@nextx/timeseries';
import { dispose } from '@tensorflow/tfjs-core';
import { markdownTable } from '../pages/markdown-table.ts';

/** What an observation costs after so many of them. */
export interface StreamCost {
  /** Observations read before. */
  readonly history: number;
  /** Milliseconds of taking one observation, the mean over whole segments. */
  readonly append: number;
  /** Milliseconds of a forecast of the next 96 values. */
  readonly forecast: number;
}

/** What to measure. */
export interface StreamCostOptions {
  /** Ascending. @defaultValue `[1000, 10000, 100000]` */
  readonly histories?: readonly number[];
  /** Observations over which a cost is averaged, whole segments. @defaultValue 960 */
  readonly observations?: number;
  /** Forecasts over which a cost is averaged. @defaultValue 20 */
  readonly forecasts?: number;
  readonly signal?: AbortSignal;
}

const segment = 96;

/**
 * Streams a series into the segment autoregression of the tables, with seven times its look-back as its memory, and times
 * what a further observation and a forecast cost as the history grows. Times do not depend on the weights, which are drawn.
 */
export async function streamCosts({
  histories = [1000, 10_000, 100_000],
  observations = 10 * segment,
  forecasts = 20,
  signal,
}: StreamCostOptions = {}): Promise<StreamCost[]> {
  const options = autoTimesRecipe.parse({ ...segmentAutoregression, positions: 49 });
  const params = autoTimesRecipe.init(options, initializer(trainingKey(1n, 'init')));
  const valueAt = (time: number) => Math.sin(time / 4) + Math.sin(time / 30);
  const past = Float64Array.from({ length: segment }, (_, time) => valueAt(time));
  const stream = cachedStream(autoTimesRecipe.bind(options, params), past, 1);
  let time = past.length;
  const read = (count: number) => {
    for (const end = time + count; time < end; time += 1) stream.append([valueAt(time)]);
  };
  const forecast = async () => {
    const ahead = stream.forecast(segment);
    await ahead.data();
    ahead.dispose();
  };
  try {
    const costs: StreamCost[] = [];
    for (const history of histories) {
      while (time < history) {
        signal?.throwIfAborted();
        read(Math.min(segment, history - time));
        await turnOfEventLoop();
      }
      await forecast();
      const started = performance.now();
      read(observations);
      // Engines may compute later: a forecast that is read waits for all of it.
      await forecast();
      const taken = performance.now();
      for (let index = 0; index < forecasts; index += 1) await forecast();
      costs.push({
        history,
        append: (taken - started) / observations,
        forecast: (performance.now() - taken) / forecasts,
      });
    }
    return costs;
  } finally {
    stream.dispose();
    dispose(params);
  }
}

/** A row for each history. */
export function renderStreamCosts(costs: readonly StreamCost[]): string {
  return markdownTable(
    ['observations before', 'ms an observation', 'ms a forecast of 96 values'],
    costs.map(({ history, append, forecast }) => [
      history.toLocaleString('en'),
      append.toFixed(3),
      forecast.toFixed(2),
    ]),
  );
}
