import { engineArgs, type Command } from '../terminal/command.ts';

/** `nextx train` */
export const trainCommand: Command = {
  description: 'Train a model on a folder of pictures or of series.',
  details: [
    'Of pictures: a tokenizer, a model or a judge; of series: patch-forecaster, whose config says what it learns from.',
    'A folder of pictures holds MNIST-like idx files, the emoji data set, or PNG and JPEG files in one folder for each class.',
    'Without a config, a small model that fits the pictures is trained. Ctrl-C saves a checkpoint; --resume goes on,',
    'bit for bit. A sequence model (var, llamagen) needs a trained tokenizer.',
  ].join('\n'),
  args: {
    recipe: {
      type: 'positional',
      description: 'var-tokenizer, llamagen-tokenizer, var, llamagen, judge or patch-forecaster.',
      required: true,
    },
    data: { type: 'string', valueHint: 'DIR', description: 'Folder of the pictures or series.' },
    out: { type: 'string', valueHint: 'DIR', description: 'Folder of the model that is made.' },
    config: { type: 'string', valueHint: 'FILE', description: 'Options and settings, JSON.' },
    tokenizer: { type: 'string', valueHint: 'DIR', description: 'Trained tokenizer to build on.' },
    start: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Trained forecaster to go on from, for series of your own.',
    },
    size: {
      type: 'string',
      valueHint: 'N',
      description: 'Side of pictures of class folders, in pixels [32].',
    },
    steps: { type: 'string', valueHint: 'N', description: 'Updates [4000].' },
    batch: {
      type: 'string',
      valueHint: 'N',
      description: 'Pictures or windows of an update [64].',
    },
    'learning-rate': {
      type: 'string',
      valueHint: 'X',
      description: 'Peak of the schedule [0.001].',
    },
    seed: {
      type: 'string',
      valueHint: 'N',
      description: 'Initial weights, order and dropout follow from it [1].',
    },
    resume: { type: 'boolean', description: 'Go on from the last checkpoint in the folder.' },
    'checkpoint-seconds': {
      type: 'string',
      valueHint: 'N',
      default: '120',
      description: 'Time between checkpoints.',
    },
    half: {
      type: 'boolean',
      default: true,
      description: 'Store the weights in 32 bits instead of 16.',
    },
    licence: {
      type: 'string',
      valueHint: 'TEXT',
      description: "Licence line of the model's card.",
    },
    bf16: {
      type: 'boolean',
      description: 'Multiply in bfloat16 on the native engine, faster where the processor has it.',
    },
    ...engineArgs,
  },
  examples: [
    [
      'nextx train var-tokenizer --data my-pictures --out my-tokenizer',
      'a tokenizer of your own pictures',
    ],
    [
      'nextx train var --data my-pictures --tokenizer my-tokenizer --out my-model',
      'a model that generates them',
    ],
    [
      'nextx train var --data my-pictures --tokenizer my-tokenizer --out my-model --resume',
      'go on where it stopped',
    ],
    [
      'nextx train patch-forecaster --data my-tables --config my-forecaster.json --out my-model',
      'a forecaster from many series',
    ],
  ],
  run: async (args, world) => {
    const { trainFromArguments } = await import('../training/train-from-arguments.ts');
    await trainFromArguments(args, world);
  },
};
