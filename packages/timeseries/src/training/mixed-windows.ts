import { DataError, OptionError, foldIn, uniforms } from '@nextx/core';
import type { Key } from '@nextx/core';
import { tensor3d } from '@tensorflow/tfjs-core';
import type { WindowSize } from '../data/windows.ts';
import { type Series, seriesLength } from '../series.ts';
import { burstySeries } from './bursty-series.ts';
import { calendarSeries } from './calendar-series.ts';
import { syntheticSeries } from './synthetic-series.ts';
import type { WindowSet } from './window-set.ts';

/** Where windows of single variates come from. */
export interface WindowSource {
  /** How often it is drawn from, relative to the others. */
  readonly weight: number;
  /** `[length]` values, NaN where there are none; the same for the same key. */
  draw(key: Key, length: number): Float32Array;
}

/** How real series are drawn. */
export interface SeriesSourceOptions {
  readonly weight: number;
  /** Values at the end of a window that are never missing for want of length. */
  readonly horizon: number;
  /** Rows from one value of a window to the next, of which one is drawn that the series is long enough for. @defaultValue 1 */
  readonly strides?: readonly number[];
}

/**
 * Windows of real series. Every series is drawn in proportion to its length, then one of its variates, a stride and a place;
 * what a window lacks in front of a short series is missing.
 *
 * @throws {DataError} EMPTY if no series is longer than the horizon.
 */
export function seriesSource(
  series: readonly Series[],
  { weight, horizon, strides = [1] }: SeriesSourceOptions,
): WindowSource {
  const long = series.filter((one) => seriesLength(one) > horizon);
  const ends = long.reduce<number[]>((sums, one) => {
    sums.push((sums.at(-1) ?? 0) + seriesLength(one));
    return sums;
  }, []);
  const total = ends.at(-1);
  if (total === undefined) {
    throw new DataError(
      `seriesSource: a series must be longer than the horizon of ${horizon}, none of ${series.length} is. Add data or lower the horizon.`,
      'EMPTY',
    );
  }
  return {
    weight,
    draw: (key, length) => {
      const [which, column, place, pace] = uniforms(key, 4);
      const one = long[ends.findIndex((end) => end > which * total)];
      const variate = Math.floor(column * one.variates.length);
      const rows = seriesLength(one);
      const fitting = strides.filter((stride) => rows > 4 * horizon * stride);
      const stride = fitting.length === 0 ? 1 : fitting[Math.floor(pace * fitting.length)];
      // The last row of the window; at least one value stands before the horizon.
      const last = horizon * stride + Math.floor(place * (rows - horizon * stride));
      return Float32Array.from({ length }, (_, index) => {
        const row = last - (length - 1 - index) * stride;
        return row < 0 ? NaN : one.values[row * one.variates.length + variate];
      });
    },
  };
}

/** A kind of series that nobody observed: trends with seasons, profiles of days and weeks, or what builds up and is swept away. */
export type SyntheticKind = 'sums' | 'calendar' | 'bursty';

const syntheticKinds: Readonly<Record<SyntheticKind, WindowSource['draw']>> = {
  sums: syntheticSeries,
  calendar: calendarSeries,
  bursty: burstySeries,
};

/** Windows of series that nobody observed. */
export function syntheticSource(weight: number, kind: SyntheticKind = 'sums'): WindowSource {
  return { weight, draw: syntheticKinds[kind] };
}

/** What mixed windows are. */
export interface MixtureOptions extends WindowSize {
  /** Windows in all; a training that wants each to be new makes as many as it takes. */
  readonly count: number;
  readonly key: Key;
  /** Share of the windows whose past is cut to a random length. @defaultValue 0.5 */
  readonly shortShare?: number;
  /** Share of the windows that miss some values of the past. @defaultValue 0.2 */
  readonly missingShare?: number;
  /** Share of the windows that are the sum of two, each in units of its own deviation (Ansari et al. 2024, Chronos, TSMixup). @defaultValue 0 */
  readonly blendShare?: number;
}

/**
 * Windows of single variates from several sources, each sample a function of its number alone.
 *
 * @throws {OptionError} unless there are sources of positive weight.
 */
export function mixedWindowSet(
  sources: readonly WindowSource[],
  options: MixtureOptions,
): WindowSet {
  const total = sources.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0) || sources.some(({ weight }) => !(weight >= 0))) {
    throw new OptionError(
      `mixedWindowSet: weights must not be negative and one must be above 0, got [${sources.map(({ weight }) => weight).join(', ')}]. Change the weights.`,
    );
  }
  const length = options.lookBack + options.horizon;
  return {
    count: options.count,
    batch: (samples) => {
      const values = new Float32Array(samples.length * length);
      for (let index = 0; index < samples.length; index++) {
        const key = foldIn(options.key, samples[index]);
        const [which, other, isBlended, share] = uniforms(foldIn(key, 0), 4);
        const window = sourceAt(sources, which * total).draw(foldIn(key, 1), length);
        if (isBlended < (options.blendShare ?? 0)) {
          blend(window, sourceAt(sources, other * total).draw(foldIn(key, 3), length), share);
        }
        hidePast(window, { ...options, key: foldIn(key, 2) });
        values.set(window, index * length);
      }
      return { values: tensor3d(values, [samples.length, length, 1]) };
    },
  };
}

/** Gaps of one window at most, each of at most a tenth of the past. */
const maxGaps = 8;

function sourceAt(sources: readonly WindowSource[], place: number): WindowSource {
  let left = place;
  const found = sources.find(({ weight }) => (left -= weight) < 0);
  // Rounding may leave the last sum just below the total.
  return found ?? sources[sources.length - 1];
}

/** Makes the first window a weighted sum of both in units of their mean absolute deviations, missing where one is. */
function blend(window: Float32Array, other: Float32Array, share: number): void {
  const [own, others] = [unitOf(window), unitOf(other)];
  window.forEach((value, index) => {
    window[index] = (share * value) / own + ((1 - share) * other[index]) / others;
  });
}

function unitOf(window: Float32Array): number {
  const known = window.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value / known.length, 0);
  return known.reduce((sum, value) => sum + Math.abs(value - mean) / known.length, 0) || 1;
}

/** Values that a window with a past cut short keeps of it at least. */
const leastPast = 8;

/** Makes the beginning of a window missing, or some stretches of its past; its last past value stays. */
function hidePast(
  window: Float32Array,
  {
    key,
    lookBack,
    shortShare = 0.5,
    missingShare = 0.2,
  }: Pick<MixtureOptions, 'key' | 'lookBack' | 'shortShare' | 'missingShare'>,
): void {
  const [isShort, cut, hasGaps, many] = uniforms(foldIn(key, 0), 4);
  if (isShort < shortShare) window.fill(NaN, 0, Math.floor(cut * (lookBack - leastPast)));
  if (hasGaps >= missingShare) return;
  const count = 1 + Math.floor(maxGaps * many);
  const draws = uniforms(foldIn(key, 1), 2 * count);
  for (let gap = 0; gap < count; gap++) {
    const from = Math.floor(draws[2 * gap] * (lookBack - 1));
    const size = 1 + Math.floor((draws[2 * gap + 1] * lookBack) / 10);
    window.fill(NaN, from, Math.min(from + size, lookBack - 1));
  }
}
