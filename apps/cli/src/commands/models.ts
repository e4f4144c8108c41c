import type { Command } from '../terminal/command.ts';

/** `nextx models` */
export const modelsCommand: Command = {
  description: 'List shipped models and model folders.',
  args: {
    folder: {
      type: 'positional',
      required: false,
      description: 'Folder whose model folders are listed too.',
    },
  },
  examples: [
    ['nextx models', 'the models that come with nextx'],
    ['nextx models my-models --json', 'those of a folder too, for a program'],
  ],
  run: async (args, world) => {
    const { listModels } = await import('../models/list-models.ts');
    await listModels(args, world);
  },
};
