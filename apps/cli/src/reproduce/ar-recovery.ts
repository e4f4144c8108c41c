import {
  fitArNet,
  fitAutoRegression,
  simulateAutoRegression,
  stationaryCoefficients,
} from '@nextx/timeseries';
import { markdownTable } from '../pages/markdown-table.ts';

/** How near two fits of a simulated autoregression come to its coefficients. */
export interface ArRecovery {
  readonly order: number;
  /** Largest error of a coefficient of AR-Net. */
  readonly arNet: number;
  /** Of least squares in closed form. */
  readonly leastSquares: number;
  /** Largest difference between the two. */
  readonly difference: number;
}

/** What to simulate and fit. */
export interface ArRecoveryOptions {
  /** @defaultValue 1 to 10 */
  readonly orders?: readonly number[];
  /** Values of each series; a coefficient is known to about one over its root. @defaultValue 60000 */
  readonly length?: number;
  /** Updates of AR-Net. @defaultValue 3000 */
  readonly steps?: number;
  readonly signal?: AbortSignal;
}

/** Partial autocorrelations of the processes: lags of both signs, none of them small. */
const partials = [0.5, -0.4, 0.3, 0.2, -0.3, 0.2, -0.2, 0.25, 0.15, -0.2];

/** Fits simulated autoregressions both ways; none of the lags is penalized. */
export async function arRecoveries({
  orders = partials.map((_, index) => index + 1),
  length = 60_000,
  steps = 3000,
  signal,
}: ArRecoveryOptions = {}): Promise<ArRecovery[]> {
  const recoveries: ArRecovery[] = [];
  for (const order of orders) {
    const real = stationaryCoefficients(partials.slice(0, order));
    const values = simulateAutoRegression(real, length, [order, 7]);
    const fitted = await fitArNet(values, { order, steps, ...(signal && { signal }) });
    const exact = fitAutoRegression(values, order);
    recoveries.push({
      order,
      arNet: largestError(fitted.coefficients, real),
      leastSquares: largestError(exact.coefficients, real),
      difference: largestError(fitted.coefficients, [...exact.coefficients]),
    });
  }
  return recoveries;
}

function largestError(values: Float64Array, expected: readonly number[]): number {
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(values[i] - value)), 0);
}

/** A row for each order. */
export function renderArRecoveries(recoveries: readonly ArRecovery[]): string {
  return markdownTable(
    ['lags p', 'AR-Net: largest error', 'least squares: largest error', 'largest difference'],
    recoveries.map(({ order, arNet, leastSquares, difference }) => [
      String(order),
      arNet.toFixed(4),
      leastSquares.toFixed(4),
      difference.toExponential(1),
    ]),
  );
}
