import type { Forecast } from './forecast.ts';
import type { Series } from './series.ts';

/**
 * A forecast as a plain table, to write with `seriesCsv` or `seriesParquet`: after each variate the bounds of its intervals,
 * named `load_lower_80` and `load_upper_80`.
 */
export function forecastTable(forecast: Forecast): Series {
  const { values, variates, intervals, timestamps, frequency } = forecast;
  const bounds = intervals.flatMap(({ level, lower, upper }) => [
    { name: `lower_${level}`, numbers: lower },
    { name: `upper_${level}`, numbers: upper },
  ]);
  const width = 1 + bounds.length;
  const table = Float64Array.from({ length: values.length * width }, (_, index) => {
    const at = Math.floor(index / width);
    const column = index % width;
    return column === 0 ? values[at] : bounds[column - 1].numbers[at];
  });
  return {
    values: table,
    variates: variates.flatMap((name) => [name, ...bounds.map((bound) => `${name}_${bound.name}`)]),
    ...(timestamps && { timestamps }),
    ...(frequency && { frequency }),
  };
}
