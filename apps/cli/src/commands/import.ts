import type { Command } from '../terminal/command.ts';

/** `nextx import` */
export const importCommand: Command = {
  description: 'Make a model folder of an official checkpoint.',
  details: 'Checkpoints are read by an allow-listed reader that runs nothing of what they hold.',
  args: {
    file: { type: 'positional', description: 'Checkpoint, .pth or .safetensors.', required: true },
    as: {
      type: 'string',
      valueHint: 'NAME',
      description: 'What it is: var-d16 to var-d36, llamagen-b, ...',
    },
    tokenizer: {
      type: 'string',
      valueHint: 'FILE',
      description: "Checkpoint of the tokenizer, where the model's has none.",
    },
    out: { type: 'string', valueHint: 'DIR', description: 'Folder of the model that is made.' },
  },
  examples: [
    [
      'nextx import var_d16.pth --as var-d16 --tokenizer vae_ch160v4096z32.pth --out var-d16',
      'the published VAR-d16',
    ],
  ],
  run: async (args, world) => {
    const { importFromArguments } = await import('../importing/import-from-arguments.ts');
    await importFromArguments(args, world);
  },
};
