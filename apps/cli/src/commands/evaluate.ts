import { engineArgs, type Command } from '../terminal/command.ts';

/** `nextx evaluate` */
export const evaluateCommand: Command = {
  description: 'Measure a model against its data set.',
  args: {
    model: {
      type: 'positional',
      description: 'Shipped model, or the folder of one or of a tokenizer.',
      required: true,
    },
    data: { type: 'string', valueHint: 'DIR', description: 'Folder of the data set.' },
    judge: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Folder of a judge trained on the same data.',
    },
    count: { type: 'string', valueHint: 'N', description: 'Pictures to generate [1000].' },
    guidance: {
      type: 'string',
      valueHint: 'S',
      default: '1',
      description: 'Guidance scale; 0 to 100.',
    },
    seed: {
      type: 'string',
      valueHint: 'N',
      default: '0',
      description: 'Seed of the first picture.',
    },
    out: { type: 'string', valueHint: 'FILE', description: 'Where the figures go too, JSON.' },
    ...engineArgs,
  },
  examples: [
    [
      'nextx evaluate fashion-var --data fashion-mnist --judge my-judge --guidance 2',
      'accuracy and distance of 1,000 pictures',
    ],
  ],
  run: async (args, world) => {
    const { evaluateFromArguments } = await import('../models/evaluate-from-arguments.ts');
    await evaluateFromArguments(args, world);
  },
};
