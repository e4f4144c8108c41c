import { normals } from '@nextx/core';
import { fitArNet, fitAutoRegression } from '@nextx/timeseries';
import { markdownTable } from '../pages/markdown-table.ts';

/** What fitting so many lags took. */
export interface ArCost {
  readonly order: number;
  /** Seconds of AR-Net, with a fixed number of updates. */
  readonly arNet: number;
  /** Seconds of least squares in closed form. */
  readonly leastSquares: number;
}

/** What to fit. */
export interface ArCostOptions {
  /** Lags. @defaultValue `[50, 100, 200, 400]` */
  readonly orders?: readonly number[];
  /** Values of the series. @defaultValue 20000 */
  readonly length?: number;
  /** Updates of AR-Net, as many as the paper has epochs. @defaultValue 20 */
  readonly steps?: number;
  /** Runs of each, of which the fastest counts. @defaultValue 3 */
  readonly rounds?: number;
  /** Seconds of a clock. */
  readonly now?: () => number;
}

/** Times both ways to fit an autoregression to one series, of ever more lags. */
export async function arCosts({
  orders = [50, 100, 200, 400],
  length = 20_000,
  steps = 20,
  rounds = 3,
  now = () => performance.now() / 1000,
}: ArCostOptions = {}): Promise<ArCost[]> {
  const series = normals([1, 1], length);
  const fastest = async (fit: () => unknown): Promise<number> => {
    let best = Infinity;
    for (let round = 0; round < rounds; round++) {
      const started = now();
      await fit();
      best = Math.min(best, now() - started);
    }
    return best;
  };
  // The first calls compile.
  await fastest(() => fitArNet(series, { order: orders[0], steps }));
  await fastest(() => fitAutoRegression(series, orders[0]));
  const costs: ArCost[] = [];
  for (const order of orders) {
    costs.push({
      order,
      arNet: await fastest(() => fitArNet(series, { order, steps })),
      leastSquares: await fastest(() => fitAutoRegression(series, order)),
    });
  }
  return costs;
}

/** The power of x with which y grows: the slope of a line through both logarithms, by least squares. */
export function growthExponent(x: readonly number[], y: readonly number[]): number {
  const [logX, logY] = [x, y].map((values) => values.map(Math.log));
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(logX), mean(logY)];
  const products = logX.map((value, index) => (value - meanX) * (logY[index] - meanY));
  const squares = logX.map((value) => (value - meanX) ** 2);
  return mean(products) / mean(squares);
}

/** The times as a table, the powers with which they grow in its last row. */
export function renderArCosts(costs: readonly ArCost[]): string {
  const orders = costs.map(({ order }) => order);
  const exponent = (of: (cost: ArCost) => number) =>
    `grows as p^${growthExponent(orders, costs.map(of)).toFixed(2)}`;
  const milliseconds = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`;
  const rows = costs.map(({ order, arNet, leastSquares }) => [
    `${order}`,
    milliseconds(arNet),
    milliseconds(leastSquares),
  ]);
  return markdownTable(
    ['lags p', 'AR-Net, gradient descent', 'least squares, closed form'],
    [...rows, ['', exponent(({ arNet }) => arNet), exponent(({ leastSquares }) => leastSquares)]],
  );
}
