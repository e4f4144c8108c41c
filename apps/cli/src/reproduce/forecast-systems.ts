import { segmentAutoregression } from '@nextx/timeseries';

/** How one network is trained; what a finished run is recognized by. */
export interface NetworkTraining {
  /** Name in `forecastRecipes`. */
  readonly recipe: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether a sample is one variate of a window or all of them. */
  readonly samples: 'variates' | 'windows';
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the first step. */
  readonly learningRate: number;
  /** How it falls: halved after every epoch, or along half a cosine to 0. */
  readonly schedule: 'halving' | 'cosine';
  /** Sets whose training windows are mixed in. */
  readonly mixedWith?: readonly string[];
}

/** What forecasts without training: the same for every seed. */
export interface ClosedForm {
  readonly baseline: 'repeat-last' | 'least-squares';
  readonly lookBack: number;
}

/** A row of the table. */
export interface ForecastSystem {
  /** As `--only` has it. */
  readonly name: string;
  readonly label: string;
  readonly lookBack: number;
  /** The horizons of one network: all by rolling, or one each. */
  readonly horizons: 'all' | 'each';
  /** How the network of a horizon is made; of `all`, the horizon is its own. */
  readonly method: (horizon: number) => NetworkTraining | ClosedForm;
  /** Seeds, where they are fewer than asked for, because the row is only there for honesty. */
  readonly maxSeeds?: number;
}

/** Horizons of the tables. */
export const tableHorizons = [96, 192, 336, 720] as const;

/** Official settings: Adam at 1e-4, halved every epoch; wider for the longer horizons (its scripts for ETTh1). */
function iTransformer(lookBack: number): ForecastSystem {
  return {
    name: 'iTransformer',
    label: 'iTransformer',
    lookBack,
    horizons: 'each',
    method: (horizon) => ({
      recipe: 'itransformer',
      options: { lookBack, horizon, width: horizon > 192 ? 512 : 256 },
      samples: 'windows',
      epochs: 10,
      batchSize: 32,
      learningRate: 1e-4,
      schedule: 'halving',
    }),
  };
}

/** Official settings: Adam at 5e-3, halved every epoch (its scripts for ETTh1). */
function dLinear(lookBack: number): ForecastSystem {
  return {
    name: 'DLinear',
    label: 'DLinear',
    lookBack,
    horizons: 'each',
    method: (horizon) => ({
      recipe: 'dlinear',
      options: { lookBack, horizon },
      samples: 'windows',
      epochs: 10,
      batchSize: 32,
      learningRate: 5e-3,
      schedule: 'halving',
    }),
  };
}

function leastSquares(lookBack: number): ForecastSystem {
  return {
    name: 'least-squares',
    label: 'least squares, no learning',
    lookBack,
    horizons: 'each',
    method: () => ({ baseline: 'least-squares', lookBack }),
  };
}

/** The segment autoregression, whose epoch is chosen by the validation windows at its own horizon. */
function autoTimes(options: Readonly<Record<string, unknown>>): NetworkTraining {
  return {
    recipe: 'autotimes',
    options: { ...segmentAutoregression, ...options },
    samples: 'variates',
    epochs: 6,
    batchSize: 256,
    learningRate: 5e-4,
    schedule: 'cosine',
  };
}

/** Rows of the long-horizon tables, the ones with a bar first. */
export const forecastSystems: readonly ForecastSystem[] = [
  {
    name: 'repeat-last',
    label: 'repeat last',
    lookBack: 1,
    horizons: 'each',
    method: () => ({ baseline: 'repeat-last', lookBack: 1 }),
  },
  leastSquares(96),
  leastSquares(336),
  dLinear(96),
  dLinear(336),
  {
    name: 'AutoTimes',
    label: 'AutoTimes form without a language model, one model for all horizons',
    lookBack: 672,
    horizons: 'all',
    method: () => autoTimes({}),
  },
  {
    name: 'AutoTimes-frozen',
    label: 'AutoTimes form, its transformer left as it was drawn',
    lookBack: 672,
    horizons: 'all',
    method: () => autoTimes({ trains: 'ends and positions' }),
  },
  iTransformer(96),
  iTransformer(336),
  {
    name: 'GPHT',
    label: 'GPHT, small, trained on ETTh1 and ETTh2, one model for all horizons',
    lookBack: 336,
    horizons: 'all',
    maxSeeds: 1,
    method: () => ({
      recipe: 'gpht',
      options: { width: 64, heads: 4, hidden: 128, depth: 1 },
      samples: 'variates',
      epochs: 3,
      batchSize: 256,
      learningRate: 5e-4,
      schedule: 'cosine',
      mixedWith: ['ETTh1', 'ETTh2'],
    }),
  },
  {
    name: 'TTM',
    label: 'TTM, small, trained on the set alone, rolled beyond 96',
    lookBack: 512,
    horizons: 'all',
    maxSeeds: 1,
    method: () => ({
      recipe: 'ttm',
      options: { lookBack: 512, horizon: 96, width: 32, decoderWidth: 16 },
      samples: 'windows',
      epochs: 3,
      batchSize: 64,
      learningRate: 1e-3,
      schedule: 'cosine',
    }),
  },
  {
    name: 'Time-MoE',
    label: 'Time-MoE, small, trained on the set alone, one model for all horizons',
    lookBack: 192,
    horizons: 'all',
    maxSeeds: 1,
    method: () => ({
      recipe: 'time-moe',
      options: { lookBack: 192, horizon: 96, width: 32, heads: 2, hidden: 64, blocks: 2 },
      samples: 'variates',
      epochs: 1,
      batchSize: 128,
      learningRate: 1e-3,
      schedule: 'cosine',
    }),
  },
];
