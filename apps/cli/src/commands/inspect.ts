import type { Command } from '../terminal/command.ts';

/** `nextx inspect` */
export const inspectCommand: Command = {
  description: 'List the tensors of a file without loading it.',
  details:
    'Reads .safetensors files, PyTorch checkpoints (which are read, never run) and model folders.',
  args: {
    file: { type: 'positional', description: 'File or model folder.', required: true },
    check: {
      type: 'boolean',
      description: 'Read every tensor and report NaN and infinity; exit 1 if there are any.',
    },
  },
  examples: [
    ['nextx inspect model.safetensors', 'names, types and shapes'],
    ['nextx inspect my-model --check', 'whether all weights are finite'],
  ],
  run: async (args, world) => {
    const { inspectTensors } = await import('../models/inspect-tensors.ts');
    await inspectTensors(args, world);
  },
};
