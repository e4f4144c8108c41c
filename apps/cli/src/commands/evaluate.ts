import { engineArgs, executorArgs, type Command } from '../terminal/command.ts';

/** `nextx evaluate` */
export const evaluateCommand: Command = {
  description: 'Measure a model against its data set.',
  details: [
    'Measures the tokenizer on the test split, the bits that the model needs for a picture, and generated pictures: the share',
    'that a judge sees as what was asked for, and Fréchet distances beside those of real pictures. Generated pictures stay in',
    '--out: another evaluation with the same settings goes on where the last one stopped. A tokenizer is measured by itself.',
  ].join('\n'),
  args: {
    model: {
      type: 'string',
      valueHint: 'DIR|NAME',
      description: 'Shipped model, or the folder of one or of a tokenizer.',
    },
    data: { type: 'string', valueHint: 'DIR', description: 'Folder of the data set.' },
    judge: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Folder of a judge trained on the same data.',
    },
    count: {
      type: 'string',
      valueHint: 'N',
      default: '1000',
      description: 'Pictures that the judge looks at.',
    },
    guidance: {
      type: 'string',
      valueHint: 'S',
      description: 'Guidance scale of those pictures; 0 to 100 [1].',
    },
    'distance-count': {
      type: 'string',
      valueHint: 'N',
      default: '10000',
      description: 'Pictures whose distance from real ones is measured; 0 for none.',
    },
    'distance-guidance': {
      type: 'string',
      valueHint: 'S',
      description: 'Guidance scale of those pictures [1].',
    },
    scales: {
      type: 'string',
      valueHint: 'S,S,...',
      description: 'Guidance scales to choose from by training pictures, for what is not given.',
    },
    'search-count': {
      type: 'string',
      valueHint: 'N',
      default: '2000',
      description: 'Pictures generated at each of --scales.',
    },
    temperature: { type: 'string', valueHint: 'X', description: 'Of sampling [1].' },
    'top-k': { type: 'string', valueHint: 'N', description: 'Likeliest tokens kept; 0 for all.' },
    'top-p': { type: 'string', valueHint: 'X', description: 'Likeliest share kept; 1 for all.' },
    seed: {
      type: 'string',
      valueHint: 'N',
      default: '0',
      description: 'Seed of the first picture.',
    },
    batch: {
      type: 'string',
      valueHint: 'N',
      default: '200',
      description: 'Pictures generated together.',
    },
    size: {
      type: 'string',
      valueHint: 'N',
      description: "Side of pictures of class folders [the model's].",
    },
    out: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Folder of evaluation.json and of the pictures [evaluation].',
    },
    ...engineArgs,
    ...executorArgs,
  },
  examples: [
    [
      'nextx evaluate --model fashion-var --data fashion-mnist --judge my-judge --guidance 2',
      'accuracy of 1,000 pictures, distance of 10,000',
    ],
    [
      'nextx evaluate --model my-model --data my-pictures --count 200 --distance-count 0',
      'tokenizer, bits a picture, and speed of a small model',
    ],
  ],
  run: async (args, world) => {
    const { evaluateFromArguments } = await import('../evaluation/evaluate-from-arguments.ts');
    await evaluateFromArguments(args, world);
  },
};
