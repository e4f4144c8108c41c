import { engineArgs, type Command } from '../terminal/command.ts';

/** `nextx reproduce timeseries` */
export const reproduceTimeseriesCommand: Command = {
  description:
    'Train and test forecasters on the long-horizon benchmark, beside the published tables.',
  details: [
    'Every system is trained on the training rows of ETTh1 and ETTh2, its epoch chosen by the validation rows, and tested on all',
    'windows of the test rows (none dropped). A finished run is a file in the folder of --out: the same command goes on with',
    'what is missing, also after Ctrl-C; delete a file to have it again. The tables are printed, and written between the marks of',
    'a page by --page.',
  ].join('\n'),
  args: {
    only: {
      type: 'string',
      valueHint: 'NAME,...',
      description: 'Rows to run: iTransformer, DLinear-96, AutoTimes, ..., or none [all].',
    },
    set: { type: 'string', valueHint: 'NAME,...', description: 'ETTh1, ETTh2 [both].' },
    horizons: {
      type: 'string',
      valueHint: 'N,...',
      description: 'Some of 96, 192, 336, 720 [all].',
    },
    seeds: { type: 'string', valueHint: 'N,...', description: 'A training for each [1,2,3].' },
    quick: {
      type: 'boolean',
      description: 'One epoch, one seed, horizon 96: whether it all works, in minutes.',
    },
    data: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Folder with ett/ETTh1.csv [NEXTX_DATA].',
    },
    hourly: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Model trained on M4 Hourly alone, measured beside the shipped one.',
    },
    weekly: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Model trained on M4 Weekly alone.',
    },
    out: {
      type: 'string',
      valueHint: 'DIR',
      default: 'out/forecasting',
      description: 'Folder of the finished runs.',
    },
    page: { type: 'string', valueHint: 'FILE', description: 'Page that takes the tables [none].' },
    ...engineArgs,
  },
  examples: [
    ['nextx reproduce timeseries --quick', 'see it work'],
    [
      'nextx reproduce timeseries --only DLinear,AutoTimes --set ETTh1 --page docs/forecasting.md',
      'two systems, three seeds each, on one set',
    ],
    ['nextx reproduce timeseries --only none', 'the tables of what is there'],
  ],
  run: async (args, world) => {
    const { reproduceFromArguments } = await import('../reproduce/reproduce-from-arguments.ts');
    await reproduceFromArguments(args, world);
  },
};
