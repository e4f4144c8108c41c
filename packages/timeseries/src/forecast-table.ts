import { DataError } from '@nextx/core';
import type { Forecast } from './forecast.ts';
import type { Series } from './series.ts';

/**
 * A forecast as a plain table, to write with `seriesCsv` or `seriesParquet`: after each variate the bounds of its intervals,
 * named `load_lower_80` and `load_upper_80`.
 *
 * @throws {DataError} BAD_INPUT where a variate has the name of such a bound.
 */
export function forecastTable(forecast: Forecast): Series {
  const { values, variates, intervals, timestamps, frequency } = forecast;
  const bounds = intervals.flatMap(({ level, lower, upper }) => [
    { name: `lower_${level}`, numbers: lower },
    { name: `upper_${level}`, numbers: upper },
  ]);
  const names = variates.flatMap((name) => [
    name,
    ...bounds.map((bound) => `${name}_${bound.name}`),
  ]);
  assertDistinct(names);
  const width = 1 + bounds.length;
  const table = Float64Array.from({ length: values.length * width }, (_, index) => {
    const at = Math.floor(index / width);
    const column = index % width;
    return column === 0 ? values[at] : bounds[column - 1].numbers[at];
  });
  return {
    values: table,
    variates: names,
    ...(timestamps && { timestamps }),
    ...(frequency && { frequency }),
  };
}

function assertDistinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new DataError(
    `forecastTable: columns must have different names, "${twice}" is a variate and a bound of another. Rename the variate or leave it out.`,
    'BAD_INPUT',
  );
}
