import { markdownTable } from '@nextx/cli/pages';
import type { ForecastAnswer, ForecastNetwork } from './forecast-network.ts';
import { median } from './statistics.ts';

/** What both sides did with one network. */
export interface ForecastRow {
  readonly network: string;
  readonly weights: number;
  /** Windows of a batch. */
  readonly batch: number;
  readonly threads: number;
  readonly nextx: ForecastFigures;
  /** Absent where PyTorch was not measured. */
  readonly torch?: ForecastFigures;
}

/** Medians over the rounds. */
export interface ForecastFigures {
  readonly version: string;
  readonly stepSeconds: number;
  readonly forecastSeconds: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
}

/** Relative difference of the first losses up to which both sides are taken to compute the same. */
const tolerance = 1e-4;

/** All rounds of both sides. */
export interface ForecastRounds {
  readonly nextx: readonly ForecastAnswer[];
  /** Empty where PyTorch is not there. */
  readonly torch: readonly ForecastAnswer[];
}

/** @throws {Error} if the losses of the first step differ by more than a ten-thousandth. */
export function forecastRow(
  { name, batch }: ForecastNetwork,
  { weights, threads }: { readonly weights: number; readonly threads: number },
  { nextx, torch }: ForecastRounds,
): ForecastRow {
  const own = figuresOf(nextx);
  const row = { network: name, weights, batch, threads, nextx: own };
  if (torch.length === 0) return row;
  const peer = figuresOf(torch);
  const difference = Math.abs(own.firstLoss / peer.firstLoss - 1);
  if (!(difference <= tolerance)) {
    throw new Error(
      `bench: the first losses of ${name} must be equal, they are ${own.firstLoss} and ${peer.firstLoss}. One of the networks is another.`,
    );
  }
  return { ...row, torch: peer };
}

function figuresOf(answers: readonly ForecastAnswer[]): ForecastFigures {
  const [{ version, losses }] = answers;
  return {
    version,
    stepSeconds: median(answers.map(({ stepSeconds }) => stepSeconds)),
    forecastSeconds: median(answers.map(({ forecastSeconds }) => forecastSeconds)),
    firstLoss: losses[0],
    lastLoss: losses[losses.length - 1],
  };
}

/** A Markdown table, nextx and PyTorch side by side; ratios above 1 say that nextx is faster. */
export function renderForecastRows(rows: readonly ForecastRow[]): string {
  return markdownTable(
    [
      'network',
      'weights',
      'batch',
      'threads',
      'training step, ms',
      'PyTorch',
      'ratio',
      'forecasts/s',
      'PyTorch',
      'ratio',
      'first loss',
      'PyTorch',
      'last loss',
      'PyTorch',
    ],
    rows.map(({ network, weights, batch, threads, nextx, torch }) => {
      const cell = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? '-';
      const pair = (of: (figures: ForecastFigures) => number, digits: number) => [
        cell(of(nextx), digits),
        cell(torch && of(torch), digits),
      ];
      const ratio = (of: (figures: ForecastFigures) => number) =>
        cell(torch && of(torch) / of(nextx), 2);
      return [
        network,
        weights.toLocaleString('en'),
        String(batch),
        String(threads),
        ...pair((of) => 1000 * of.stepSeconds, 1),
        ratio((of) => of.stepSeconds),
        ...pair((of) => batch / of.forecastSeconds, 0),
        ratio((of) => of.forecastSeconds),
        ...pair((of) => of.firstLoss, 6),
        ...pair((of) => of.lastLoss, 4),
      ];
    }),
  );
}
