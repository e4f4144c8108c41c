import { DataError, OptionError, keyFromSeed, parseOptions, parseSeed } from '@nextx/core';
import * as z from 'zod/mini';
import { assertComplete } from '../fill-missing.ts';
import { type PathDraws, defaultDraws } from '../roll-paths.ts';
import { type Series, seriesLength } from '../series.ts';

/** What is known of times beforehand, the horizon's too, by name: a value for each row of a series and each step ahead. */
export type Covariates = Readonly<Record<string, ArrayLike<number>>>;

/** What a forecast is asked for, checked. */
export interface ForecastRequest {
  readonly horizon: number;
  /** Shares of intervals, ascending, in (0, 1). */
  readonly coverages: readonly number[];
  /** Rows of the past that are read; undefined for all. */
  readonly context: number | undefined;
  /** Of a model that draws paths. */
  readonly draws: PathDraws;
}

const maxHorizon = 1_000_000;
const maxPaths = 10_000;

const schema = z.strictObject({
  horizon: z.int().check(z.minimum(1), z.maximum(maxHorizon)),
  levels: z._default(z.array(z.number().check(z.gt(0), z.lt(100))), []),
  context: z.optional(z.int().check(z.positive())),
  paths: z._default(z.int().check(z.minimum(1), z.maximum(maxPaths)), defaultDraws.count),
  seed: z.optional(z.unknown()),
  // What is not numbers is checked where it is used.
  model: z.optional(z.unknown()),
  covariates: z.optional(z.unknown()),
  signal: z.optional(z.unknown()),
  onProgress: z.optional(z.unknown()),
});

/** @throws {OptionError} ARG naming the value, what was expected and what came. */
export function parseForecastRequest(options: object): ForecastRequest {
  const { horizon, levels, context, paths, seed } = parseOptions('forecast', schema, options);
  const coverages = [...new Set(levels)].toSorted((a, b) => a - b).map((level) => level / 100);
  const key = seed === undefined ? defaultDraws.key : keyFromSeed(parseSeed(seed));
  return { horizon, coverages, context, draws: { count: paths, key } };
}

/** Lower bounds, from the widest on, the median, and upper bounds: the quantiles that intervals are read from, ascending. */
export function probabilitiesOf(coverages: readonly number[]): number[] {
  const lower = coverages.map((coverage) => (1 - coverage) / 2).toReversed();
  return [...lower, 0.5, ...coverages.map((coverage) => (1 + coverage) / 2)];
}

/**
 * The last rows of a series, which a forecast reads.
 *
 * @param mayMiss  Whether the model reads missing values.
 * @throws {DataError} TOO_SHORT without rows, or with fewer than `context`; BAD_INPUT naming row and column of a missing value.
 */
export function recentPast(series: Series, { context }: ForecastRequest, mayMiss: boolean): Series {
  const rows = seriesLength(series);
  const kept = context ?? rows;
  if (rows < Math.max(1, kept)) {
    throw new DataError(
      `forecast: ${Math.max(1, kept)} rows must be known, the series has ${rows}. Add rows or shorten the context.`,
      'TOO_SHORT',
    );
  }
  const { values, variates, timestamps } = series;
  const recent = {
    ...series,
    values: values.subarray((rows - kept) * variates.length),
    ...(timestamps && { timestamps: timestamps.subarray(rows - kept) }),
  };
  if (!mayMiss) assertComplete('forecast', recent, rows - kept);
  return recent;
}

/**
 * The given covariates in the order in which a model reads them, of the rows that it reads and the steps ahead.
 *
 * @param known  Names that the model reads.
 * @param size  Rows of the series, of which the last `kept` are read, and steps ahead.
 * @throws {OptionError} ARG for a name that the model does not read, one that is missing, or a wrong number of values.
 */
export function orderedCovariates(
  covariates: Covariates,
  known: readonly string[],
  size: { readonly rows: number; readonly kept: number; readonly horizon: number },
): Float64Array[] {
  const { rows, kept, horizon } = size;
  const reads = known.length === 0 ? 'none' : known.join(', ');
  const unknown = Object.keys(covariates).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new OptionError(
      `forecast: covariates must be of those that the model reads (${reads}), got "${unknown}". Leave it out.`,
    );
  }
  return known.map((name) => {
    const values = Object.hasOwn(covariates, name) ? covariates[name] : undefined;
    const needed = rows + horizon;
    if (!values || values.length !== needed || !Array.from(values).every(Number.isFinite)) {
      throw new OptionError(
        `forecast: covariate "${name}" must have ${needed} finite values, one for each of ${rows} rows and ${horizon} steps ` +
          `ahead, got ${values ? values.length : 'none'}. Give them all.`,
      );
    }
    return Float64Array.from(values).slice(rows - kept);
  });
}
