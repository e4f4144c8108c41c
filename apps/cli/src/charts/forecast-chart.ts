import type { Forecast, Series } from '@nextx/timeseries';
import type { PlotOptions } from '@observablehq/plot';
import { type Plot, drawChart } from './draw-chart.ts';

/** What a chart of a forecast shows. */
export interface ForecastChart {
  /** What was known; its last rows are drawn, three times as many as the forecast has. */
  readonly history: Series;
  readonly forecast: Forecast;
  /** What came, where that is known. */
  readonly actual?: Series;
}

const height = 240;
/** Variates that get a panel; the files have all of them. */
const maxPanels = 8;
const ink = { history: '#555', forecast: '#2563eb', actual: '#d97706' };

/** A value and where it stands: at a time, or at the number of its row. */
interface Point {
  readonly at: number;
  readonly value: number;
}

/** History, forecast and intervals, a panel for each of the first eight variates, as an SVG file. */
export async function forecastChart(chart: ForecastChart): Promise<string> {
  const { variates } = chart.forecast;
  return drawChart((plot) =>
    variates.slice(0, maxPanels).map((_, variate) => panelOf(plot, chart, variate)),
  );
}

function panelOf(
  plot: Plot,
  { history, forecast, actual }: ForecastChart,
  variate: number,
): PlotOptions & { readonly height: number } {
  const rows = history.values.length / history.variates.length;
  const ahead = (series: Series) => pointsOf(series, { variate, firstRow: rows });
  const next = ahead(forecast);
  const past = pointsOf(history, { variate, firstRow: 0 }).slice(-3 * next.length);
  // Lines go on from the last known value.
  const last = past.slice(-1);
  // The widest band lies at the bottom.
  const bands = forecast.intervals.toReversed().map(({ lower, upper }) => {
    const tops = ahead({ ...forecast, values: upper });
    const bottoms = ahead({ ...forecast, values: lower });
    return tops.map(({ at, value }, index) => ({ at, top: value, bottom: bottoms[index].value }));
  });
  const line = (points: readonly Point[], stroke: string, strokeWidth: number) =>
    plot.lineY(points, { x: 'at', y: 'value', stroke, strokeWidth });
  return {
    height,
    marginLeft: 60,
    x: { label: null, type: forecast.timestamps ? 'utc' : 'linear' },
    y: { label: forecast.variates[variate], grid: true, nice: true },
    marks: [
      ...bands.map((band) =>
        plot.areaY(band, {
          x: 'at',
          y1: 'bottom',
          y2: 'top',
          fill: ink.forecast,
          fillOpacity: 0.18,
        }),
      ),
      line(past, ink.history, 1.2),
      ...(actual ? [line([...last, ...ahead(actual)], ink.actual, 1.2)] : []),
      line([...last, ...next], ink.forecast, 2),
    ],
  };
}

function pointsOf(
  { values, variates, timestamps }: Series,
  { variate, firstRow }: { readonly variate: number; readonly firstRow: number },
): Point[] {
  return Array.from({ length: values.length / variates.length }, (_, row) => ({
    at: timestamps ? timestamps[row] : firstRow + row,
    value: values[row * variates.length + variate],
  }));
}
