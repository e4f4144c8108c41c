import { OptionError } from '@nextx/core';
import type { ForecastEpoch, LongHorizonErrors } from '@nextx/timeseries';
import * as z from 'zod/mini';
import type { ForecastSystem } from './forecast-systems.ts';

/** One network to train and test, or one closed form to test. */
export interface PlannedRun {
  readonly set: string;
  readonly system: ForecastSystem;
  /** The horizons that are tested, ascending. */
  readonly horizons: readonly number[];
  readonly seed: number;
  readonly method: ReturnType<ForecastSystem['method']>;
}

/** What a finished run leaves, as its file has it. */
export interface FinishedRun {
  readonly set: string;
  readonly system: string;
  readonly lookBack: number;
  readonly seed: number;
  /** Settings, whole: a run of others does not count. */
  readonly method: Readonly<Record<string, unknown>>;
  readonly errors: readonly LongHorizonErrors[];
  /** Absent of closed forms. */
  readonly training?: {
    readonly parameters: number;
    /** The epoch that validation chose, from 1. */
    readonly epoch: number;
    readonly epochs: readonly ForecastEpoch[];
  };
  /** Of training with its validations, and of the test. */
  readonly seconds: { readonly training: number; readonly test: number };
  /** What computed, in words. */
  readonly engine: string;
}

const number = z.number();

const schema = z.object({
  set: z.string(),
  system: z.string(),
  lookBack: number,
  seed: number,
  method: z.record(z.string(), z.unknown()),
  errors: z
    .array(z.object({ horizon: number, windows: number, mse: number, mae: number }))
    .check(z.minLength(1)),
  training: z.exactOptional(
    z.object({
      parameters: number,
      epoch: number,
      epochs: z.array(
        z.object({ epoch: number, loss: number, validation: number, seconds: number }),
      ),
    }),
  ),
  seconds: z.object({ training: number, test: number }),
  engine: z.string(),
}) satisfies z.ZodMiniType<FinishedRun>;

/** Which runs are wanted. */
export interface RunSelection {
  readonly sets: readonly string[];
  readonly systems: readonly ForecastSystem[];
  readonly horizons: readonly number[];
  readonly seeds: readonly number[];
  /** One epoch of each. */
  readonly isQuick: boolean;
}

/** All runs of a selection, in the order of the table, one seed after another. */
export function planRuns({ sets, systems, horizons, seeds, isQuick }: RunSelection): PlannedRun[] {
  return sets.flatMap((set) =>
    systems.flatMap((system) => {
      const groups = system.horizons === 'all' ? [horizons] : horizons.map((horizon) => [horizon]);
      return groups.flatMap((group) => {
        const method = quickened(system.method(group[0]), isQuick);
        const used = 'baseline' in method ? [seeds[0]] : seeds.slice(0, system.maxSeeds);
        return used.map((seed): PlannedRun => ({ set, system, horizons: group, seed, method }));
      });
    }),
  );
}

function quickened(method: PlannedRun['method'], isQuick: boolean): PlannedRun['method'] {
  return isQuick && 'epochs' in method ? { ...method, epochs: 1 } : method;
}

/** Name of a run's file, without its ending. */
export function runName({ set, system, horizons, seed, method }: PlannedRun): string {
  const of = system.horizons === 'all' ? 'all' : horizons.join('-');
  const last = 'baseline' in method ? [] : [`seed${seed}`];
  return [set, `${system.name}-${system.lookBack}`, of, ...last].join('.');
}

/** Whether a finished run has the settings of a planned one and all of its horizons. */
export function isRunOf(finished: FinishedRun, { horizons, method }: PlannedRun): boolean {
  const isSame = JSON.stringify(finished.method) === JSON.stringify(method);
  return (
    isSame && horizons.every((wanted) => finished.errors.some(({ horizon }) => horizon === wanted))
  );
}

/** @throws {OptionError} CONFIG if a file is no finished run, naming it. */
export function parseFinishedRun(file: string, text: string): FinishedRun {
  const { data, error } = z.safeParse(schema, parsedJson(text));
  if (data !== undefined) return data;
  throw new OptionError(
    `reproduce: ${file} must be a finished run, ${error.issues[0].path.join('.')} is not as it should be. Delete it.`,
    'CONFIG',
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
