import { countMissing, fillMissing, type FillMethod, type Series } from '@nextx/timeseries';
import type { SeriesTableOptions } from '@nextx/timeseries';
import { readSeries } from '@nextx/timeseries/node';
import type { Arguments } from '../terminal/command.ts';
import { choiceOf, numberOption, textOption } from '../terminal/option-values.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { World } from '../terminal/world.ts';
import { slowProgress } from './slow-progress.ts';

/**
 * The series that the words of a command name; what was filled is said.
 *
 * @param leastRows  Of a limited context, rows that are read all the same.
 */
export async function readSeriesArguments(
  args: Arguments,
  world: World,
  leastRows: number,
): Promise<Series> {
  const path = textOption(args, 'file') ?? '';
  const method = choiceOf('--missing', textOption(args, 'missing') ?? 'error', fillMethods);
  const context = contextOption(args);
  const table = {
    ...tableOptions(args),
    ...(context !== undefined && { lastRows: Math.max(context, leastRows) }),
  };
  const read = await readWithProgress(path, table, world);
  const missing = countMissing(read);
  if (missing === 0 || method === 'error') return read;
  const values = missing === 1 ? 'value was' : 'values were';
  world.err(`${missing} missing ${values} filled (${method})\n`);
  return fillMissing(read, method, seasonOption(args));
}

async function readWithProgress(
  path: string,
  options: SeriesTableOptions,
  world: World,
): Promise<Series> {
  const progress = slowProgress(world);
  const megabyte = 1e6;
  try {
    return await readSeries(path, options, {
      signal: world.signal,
      onRead: (done, total) =>
        progress.report({
          label: 'reading',
          done: done === total ? Math.ceil(total / megabyte) : Math.floor(done / megabyte),
          total: Math.ceil(total / megabyte),
          unit: 'MB',
        }),
    });
  } finally {
    progress.end();
  }
}

/** `--context`. @throws {UsageError} unless it is a whole number of at least 1. */
export function contextOption(args: Arguments): number | undefined {
  return numberOption(args, 'context', { least: 1, isWhole: true });
}

/** `--season`. @throws {UsageError} unless it is a whole number of at least 1. */
export function seasonOption(args: Arguments): number | undefined {
  return numberOption(args, 'season', { least: 1, isWhole: true });
}

/** Parts of a list between commas. @throws {UsageError} if one is empty. */
export function listOption(args: Arguments, name: string): string[] | undefined {
  const parts = textOption(args, name)
    ?.split(',')
    .map((part) => part.trim());
  if (parts?.includes('') === true) {
    throw new UsageError(`--${name} must be words separated by commas, one is empty.`);
  }
  return parts;
}

const fillMethods: readonly FillMethod[] = ['error', 'previous', 'linear', 'seasonal'];

function tableOptions(args: Arguments): SeriesTableOptions {
  const time = listOption(args, 'time');
  const columns = listOption(args, 'columns');
  const order = textOption(args, 'date-order');
  const gaps = choiceOf('--gaps', textOption(args, 'gaps') ?? 'refuse', ['refuse', 'fill']);
  return {
    gaps,
    ...(time && { time: time.join() === 'none' ? false : time }),
    ...(columns && { columns }),
    ...(order !== undefined && {
      dateOrder: choiceOf('--date-order', order, ['day-first', 'month-first']),
    }),
  };
}
