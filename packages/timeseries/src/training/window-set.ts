import { OptionError } from '@nextx/core';
import { concat, dispose, tensor3d } from '@tensorflow/tfjs-core';
import type { Benchmark } from '../data/benchmark.ts';
import type { RowRange } from '../data/splits.ts';
import { gatherVariateWindows, gatherWindows, windowStarts } from '../data/windows.ts';
import type { WindowSize } from '../data/windows.ts';
import type { Windows } from '../recipes/forecast-recipe.ts';

/** Windows to learn from or to be judged by, counted. */
export interface WindowSet {
  readonly count: number;
  /**
   * Some of the windows, `lookBack + horizon` values each.
   *
   * @param samples  Numbers below `count`.
   * @returns Owned by the caller.
   */
  batch(samples: ArrayLike<number>): Windows;
}

/** The tables that windows are cut from. */
export type Tables = Pick<Benchmark, 'values' | 'marks'>;

/**
 * Every window of a range with all its variates. For validation and test pass the range through `reachBack`.
 *
 * @throws {DataError} TOO_SHORT if not one window fits.
 */
export function windowSet({ values, marks }: Tables, rows: RowRange, size: WindowSize): WindowSet {
  const { start, end } = windowStarts(rows, size);
  const length = size.lookBack + size.horizon;
  return {
    count: end - start,
    batch: (samples) => {
      const starts = Int32Array.from(samples, (sample) => start + sample);
      const cut = (table: Tables['values']) =>
        tensor3d(gatherWindows(table, starts, length), [starts.length, length, table.columns]);
      return { values: cut(values), ...(marks && { marks: cut(marks) }) };
    },
  };
}

/**
 * Every window of every variate of a range, one variate each, for networks that treat variates alike.
 *
 * @throws {DataError} TOO_SHORT if not one window fits.
 */
export function variateWindowSet(
  { values, marks }: Tables,
  rows: RowRange,
  size: WindowSize,
): WindowSet {
  const { start, end } = windowStarts(rows, size);
  const { columns } = values;
  const length = size.lookBack + size.horizon;
  return {
    count: (end - start) * columns,
    batch: (samples) => {
      const cells = Int32Array.from(samples, (sample) => start * columns + sample);
      const windows = gatherVariateWindows(values, cells, length);
      const shared = marks && {
        marks: tensor3d(
          gatherWindows(
            marks,
            cells.map((cell) => Math.floor(cell / columns)),
            length,
          ),
          [cells.length, length, marks.columns],
        ),
      };
      return { values: tensor3d(windows, [cells.length, length, 1]), ...shared };
    },
  };
}

/**
 * The windows of several sets one behind another, for training on a mixture. A batch has the windows of the first set first.
 *
 * @throws {OptionError} if a batch meets sets with marks and sets without.
 */
export function joinedWindowSet(sets: readonly WindowSet[]): WindowSet {
  const starts = sets.map((_, index) =>
    sets.slice(0, index).reduce((sum, { count }) => sum + count, 0),
  );
  return {
    count: sets.reduce((sum, { count }) => sum + count, 0),
    batch: (samples) => {
      const parts = sets.flatMap((set, index) => {
        const own = Array.from(samples, (sample) => sample - starts[index]).filter(
          (sample) => sample >= 0 && sample < set.count,
        );
        return own.length === 0 ? [] : [set.batch(own)];
      });
      try {
        return joined(parts);
      } finally {
        for (const part of parts) dispose({ ...part });
      }
    },
  };
}

function joined(parts: readonly Windows[]): Windows {
  const marks = parts.flatMap((part) => part.marks ?? []);
  if (marks.length !== 0 && marks.length !== parts.length) {
    throw new OptionError(
      `joinedWindowSet: all sets must have marks or none, got ${marks.length} of ${parts.length} with marks. Leave them out.`,
    );
  }
  const values = concat(
    parts.map((part) => part.values),
    0,
  );
  return { values, ...(marks.length > 0 && { marks: concat(marks, 0) }) };
}
