import { seriesArgs } from '../forecasting/series-args.ts';
import { engineArgs, type Command } from '../terminal/command.ts';

/** `nextx forecast` */
export const forecastCommand: Command = {
  description: 'Forecast the columns of a table.',
  details: [
    'The file is CSV (comma, semicolon or tab, also .gz) or Parquet: a row for each time, a column of times if there is one.',
    'Without --model the shipped network forecasts, or where a series is short its last season is repeated. The baselines naive,',
    'seasonal-naive, naive2 and ar are there by name.',
    'What a file has wrong is said by row and column; nothing is filled or left out unless it is asked for.',
  ].join('\n'),
  args: {
    file: { type: 'positional', description: 'CSV or Parquet file.', required: true },
    horizon: { type: 'string', valueHint: 'STEPS', description: 'Steps ahead.' },
    model: {
      type: 'string',
      valueHint: 'DIR|NAME',
      description: 'Folder of a model, or the name of a shipped one or of a baseline.',
    },
    levels: {
      type: 'string',
      valueHint: 'P,P,...',
      description: 'Intervals, in percent: 80,95 [none].',
    },
    out: {
      type: 'string',
      valueHint: 'FILE',
      description: 'CSV or Parquet file of the forecast [forecast.csv].',
    },
    plot: { type: 'string', valueHint: 'FILE', description: 'SVG or PNG of past and forecast.' },
    paths: {
      type: 'string',
      valueHint: 'N',
      description: 'Futures that a model with a flow head draws [100].',
    },
    seed: { type: 'string', valueHint: 'N', description: 'Decides those futures [0].' },
    ...seriesArgs,
    ...engineArgs,
  },
  examples: [
    [
      'nextx forecast data.csv --horizon 96 --levels 80,95 --out forecast.csv --plot forecast.svg',
      'the next 96 steps, with intervals and a picture',
    ],
    [
      'nextx forecast sales.csv --horizon 12 --columns north,south --model ar --missing linear',
      'two columns by autoregression, gaps filled',
    ],
  ],
  run: async (args, world) => {
    const { withFlagNames } = await import('../forecasting/flag-names.ts');
    const { forecastFromArguments } = await import('../forecasting/forecast-from-arguments.ts');
    await withFlagNames(() => forecastFromArguments(args, world));
  },
};
