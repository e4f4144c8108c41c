import { seriesArgs } from '../forecasting/series-args.ts';
import { engineArgs, type Command } from '../terminal/command.ts';

/** `nextx backtest` */
export const backtestCommand: Command = {
  description: 'Measure how well the columns of a table could have been forecast.',
  details: [
    'Forecasts from several rows of the past on, each time from the rows before alone, and compares with what came: mean',
    'absolute and squared errors, in percent (sMAPE), in units of the seasonal naive error (MASE), and of the whole',
    'distribution (CRPS). The baselines are measured beside the model. With --json every step ahead is listed.',
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
    origins: { type: 'string', valueHint: 'N', description: 'Forecasts to make [10].' },
    stride: {
      type: 'string',
      valueHint: 'N',
      description: 'Rows from one to the next [the horizon].',
    },
    ...seriesArgs,
    ...engineArgs,
  },
  examples: [
    [
      'nextx backtest data.csv --horizon 24 --origins 20 --levels 80 --model ar',
      'twenty days of hourly data by autoregression, beside the naive forecasts',
    ],
  ],
  run: async (args, world) => {
    const { withFlagNames } = await import('../forecasting/flag-names.ts');
    const { backtestFromArguments } = await import('../forecasting/backtest-from-arguments.ts');
    await withFlagNames(() => backtestFromArguments(args, world));
  },
};
