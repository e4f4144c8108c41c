import { OptionError } from '@nextx/core';
import { segmentAutoregression } from '@nextx/timeseries';

/** A forecaster to measure, as data. */
export interface ForecastNetwork {
  readonly name: string;
  /** Name in `forecastRecipes`, and of the part of `peers/forecast_eager.py`. */
  readonly recipe: 'autotimes' | 'itransformer';
  /** Options without dropout, so that both sides compute the same. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Values of a window. */
  readonly lookBack: number;
  readonly horizon: number;
  readonly variates: number;
  /** Numbers that describe each time, of recipes that read them. */
  readonly marks: number;
  /** Windows of a training step, and of a forecast. */
  readonly batch: number;
}

/** The single model of the tables with its wider form, and iTransformer, each with the batch that it is trained with. */
export function forecastNetworks(isQuick: boolean): ForecastNetwork[] {
  const autoTimes = (width: number): ForecastNetwork => ({
    name: `autotimes 2 x ${width}`,
    recipe: 'autotimes',
    options: { ...segmentAutoregression, width, dropoutRate: 0 },
    lookBack: 672,
    horizon: 96,
    variates: 1,
    marks: 0,
    batch: 256,
  });
  const iTransformer: ForecastNetwork = {
    name: 'itransformer 2 x 256',
    recipe: 'itransformer',
    options: { dropoutRate: 0 },
    lookBack: 96,
    horizon: 96,
    variates: 7,
    marks: 4,
    batch: 32,
  };
  return [autoTimes(64), ...(isQuick ? [] : [autoTimes(128)]), iTransformer];
}

/** What one side of a measurement is told, as a JSON argument. */
export interface ForecastJob {
  readonly network: ForecastNetwork;
  /** Where weights and windows lie. */
  readonly folder: string;
  readonly threads: number;
  /** Training steps that are timed, after one that warms up. */
  readonly steps: number;
  /** Forecasts that are timed, after one that warms up. */
  readonly forecasts: number;
}

/** What it answers. */
export interface ForecastAnswer {
  /** Release of what computes. */
  readonly version: string;
  /** Loss of every step, the one that warms up first. */
  readonly losses: readonly number[];
  /** Median of a training step. */
  readonly stepSeconds: number;
  /** Median of a forecast of a batch. */
  readonly forecastSeconds: number;
}

/** Files of a job's folder. */
export const forecastFiles = {
  /** Weights under official names. */
  weights: 'weights.safetensors',
  /** `values`, `[B, lookBack + horizon, V]`, and `marks`. */
  windows: 'windows.safetensors',
} as const;

/** Learning rate of both sides' Adam. */
export const forecastLearningRate = 1e-3;

/** @throws {OptionError} unless the text is a job. */
export function parseForecastJob(text: string | undefined): ForecastJob {
  if (text === undefined) {
    throw new OptionError('bench: the process must be given a job. Start it by npm run bench.');
  }
  return JSON.parse(text) as ForecastJob; // written by bench-forecasters.ts
}
