import { engineArgs, type Command } from '../terminal/command.ts';

/** `nextx start` */
export const startCommand: Command = {
  description: 'Make a gallery: pictures by every shipped model, and a forecast.',
  args: {
    out: {
      type: 'string',
      valueHint: 'DIR',
      default: 'out',
      description: 'Folder of the gallery.',
    },
    seed: {
      type: 'string',
      valueHint: 'N',
      default: '1',
      description: 'Seed of the first picture.',
    },
    ...engineArgs,
  },
  examples: [['nextx start --out out', 'then open out/index.html']],
  run: async (args, world) => {
    const { startFromArguments } = await import('../gallery/start-from-arguments.ts');
    await startFromArguments(args, world);
  },
};
