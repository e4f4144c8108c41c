import type { ImportRule, Initializer, Key, ParamTree } from '@nextx/core';
import type { Scalar, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** What a forecaster learns from: successive values and what is known of their times. */
export interface Windows {
  /** `[B, lookBack + horizon, V]` in training, `[B, lookBack, V]` before a forecast. */
  readonly values: Tensor3D;
  /** `[B, lookBack + horizon, features]`, also before a forecast: numbers that describe each time, for recipes that read them. */
  readonly marks?: Tensor3D;
}

/** What forecasts windows: a network, or a baseline. */
export interface Predictor {
  /** Past values that one evaluation reads. */
  readonly lookBack: number;
  /** Future values that one evaluation gives; a longer forecast is rolled. */
  readonly horizon: number;
  /** Whether values may be NaN, where nothing was observed, and windows shorter than the look-back. */
  readonly readsMissing?: boolean;
  /** Variates that a window must have; absent where any number will do. */
  readonly variates?: number;
  /** Names of the numbers that its marks hold after those of the calendar, each known for the horizon too. */
  readonly covariates?: readonly string[];
  /** Probabilities of the quantiles that `quantiles` gives, ascending, 0.5 among them. */
  readonly levels?: readonly number[];
  /**
   * The values that follow, in the units of `values`; normalization of the window is the network's own business.
   *
   * @returns `[B, horizon, V]`; owned by the caller.
   */
  predict(windows: Windows): Tensor3D;
  /** `[B, horizon, V, levels]`, where the head is probabilistic. */
  quantiles?(windows: Windows): Tensor4D;
  /**
   * How windows may go on, drawn, where the head draws.
   *
   * @param noise  `[B · count, horizon, V]`, standard normal: what decides each path; borrowed.
   * @returns As the noise, the paths of a window one after another; owned by the caller.
   */
  paths?(windows: Windows, noise: Tensor3D): Tensor3D;
}

/** A forecasting network with its weights, which it borrows. */
export interface Forecaster extends Predictor {
  readonly params: ParamTree;
  /** What training minimizes. @param key  Draws dropout; absent in validation. */
  loss(windows: Windows, key?: Key): Scalar;
  /**
   * Reads a past once and goes on from what it remembers, under the statistics of that past; for networks whose tokens are
   * segments. The past may be shorter than the look-back, in whole segments.
   */
  open?(windows: Windows): ForecastState;
}

/** A forecaster that remembers the past which it has read. */
export interface ForecastState {
  /** Values of a segment, of which it reads whole ones. */
  readonly segment: number;
  /** Bytes of the memory, which does not grow. */
  readonly bytes: number;
  /** The next values, `[B, horizon, V]`; owned by the caller. */
  predict(): Tensor3D;
  /** Quantiles of the next values, `[B, horizon, V, levels]`, at the forecaster's levels or, of a point forecast, the value. */
  quantiles(): Tensor4D;
  /** Reads further values, `[B, T, V]` in whole segments, observed or forecast, which are then remembered. */
  append(windows: Windows): void;
  /** A state that goes on from here independently. */
  fork(): ForecastState;
  dispose(): void;
}

/** A published forecasting system: its options and its wiring. */
export interface ForecastRecipe<Options = unknown, Params extends ParamTree = ParamTree> {
  readonly name: string;
  /** Options with their defaults filled in. @throws {OptionError} CONFIG naming the value. */
  parse(options: unknown): Options;
  /** Initial weights. */
  init(options: Options, initializer: Initializer): Params;
  /** The network with the given weights, which it borrows. */
  bind(options: Options, params: Params): Forecaster;
  /** Whether training changes a weight, by its path. Absent: it changes all. */
  trains?(options: Options, path: string): boolean;
  /** Where official checkpoints hold the weights; absent where the system has none. */
  importRules?(options: Options, params: Params): readonly ImportRule[];
}
