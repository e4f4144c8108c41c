import type { Command } from '../terminal/command.ts';

/** `nextx replay` */
export const replayCommand: Command = {
  description: 'Make the pictures of a file again from what it says of itself.',
  details: [
    'Takes the recorded engine where it is available, and says whether the bytes are the same. On another engine the',
    'pixels may differ by 1 of 255.',
  ].join('\n'),
  args: {
    file: { type: 'positional', description: 'PNG file that nextx wrote.', required: true },
    out: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Where the new file goes [nowhere: only compared].',
    },
    model: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Folder of the model, unless it is a shipped one.',
    },
    engine: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Another engine than the recorded one.',
    },
    threads: {
      type: 'string',
      valueHint: 'N',
      description: 'Threads of the native engine and the cpu executor.',
    },
  },
  examples: [
    ['nextx replay sneakers.png', 'check that the file can be made again'],
    ['nextx replay sneakers.png --out again.png --engine cpu', 'make it again on another engine'],
  ],
  run: async (args, world) => {
    const { replayFromArguments } = await import('../generation/replay-from-arguments.ts');
    await replayFromArguments(args, world);
  },
};
