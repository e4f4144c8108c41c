import { engineArgs, type Command } from '../terminal/command.ts';

/** `nextx evaluate-forecaster` */
export const evaluateForecasterCommand: Command = {
  description: 'Measure a forecaster on series that it never saw, and on M4.',
  details: [
    'Rolling forecasts of the last fifth of bike_sharing, beijing_pm25 and exchange_rate, beside seasonal naive, naive and',
    "autoregressions; and the test values of M4 Hourly and Weekly, beside the organizers' table.",
  ].join('\n'),
  args: {
    model: {
      type: 'string',
      valueHint: 'DIR|NAME',
      description: 'Shipped model, or the folder of one.',
    },
    data: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Folder with timeseries/multivariate and timeseries/m4.',
    },
    hourly: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Model that was trained on M4 Hourly alone, measured beside it.',
    },
    weekly: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Model that was trained on M4 Weekly alone, measured beside it.',
    },
    out: { type: 'string', valueHint: 'FILE', description: 'JSON file of the figures.' },
    'write-card': { type: 'boolean', description: "Put the tables into the model's card." },
    ...engineArgs,
  },
  examples: [
    [
      'nextx evaluate-forecaster --model any-series --data ../shared/data',
      'the shipped model, in a few minutes',
    ],
  ],
  run: async (args, world) => {
    const { evaluateForecasterFromArguments } =
      await import('../forecaster-evaluation/evaluate-forecaster-from-arguments.ts');
    await evaluateForecasterFromArguments(args, world);
  },
};
