import { initializer, trainingKey, turnOfEventLoop } from '@nextx/core';
import { autoTimesRecipe, cachedStream, segmentAutoregression } from '@nextx/timeseries';
import { dispose } from '@tensorflow/tfjs-core';
import { markdownTable } from '../pages/markdown-table.ts';

/** What an observation costs after so many of them. */
export interface StreamCost {
  /** Observations read before. */
  readonly history: number;
  /** Milliseconds of taking one observation, a mean over whole segments. */
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
  /** Measurements of each, of which the fastest counts. @defaultValue 5 */
  readonly rounds?: number;
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
  rounds = 5,
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
      // What was read is computed by the time that a forecast of it is there; the first compiles.
      await forecast();
      const cost = { history, append: Infinity, forecast: Infinity };
      for (let round = 0; round < rounds; round += 1) {
        const append = await milliseconds(async () => {
          read(observations);
          await forecast();
        });
        const ahead = await milliseconds(async () => {
          for (let index = 0; index < forecasts; index += 1) await forecast();
        });
        cost.append = Math.min(cost.append, append / observations);
        cost.forecast = Math.min(cost.forecast, ahead / forecasts);
      }
      costs.push(cost);
    }
    return costs;
  } finally {
    stream.dispose();
    dispose(params);
  }
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
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
