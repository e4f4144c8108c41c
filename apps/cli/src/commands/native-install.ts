import { isOn, textOption } from '../terminal/option-values.ts';
import type { Command } from '../terminal/command.ts';

/** `nextx native install` */
export const nativeInstallCommand: Command = {
  description: 'Build the native engine into a folder of its own.',
  details: [
    "Compiles a small binding against TensorFlow's C library, which pip fetches, and checks it. Needs a C++ compiler",
    'and Python with pip; "nextx doctor" says what is missing. Nothing else on the machine changes.',
  ].join('\n'),
  args: {
    gpu: { type: 'boolean', description: 'Take the CUDA build of TensorFlow.' },
    from: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Folder of a TensorFlow wheel, or of an unpacked one; builds again.',
    },
    force: { type: 'boolean', description: 'Build again what is already there.' },
  },
  examples: [
    ['nextx native install', 'for the CPU'],
    ['nextx native install --gpu', 'for an NVIDIA GPU'],
  ],
  run: async (args, world) => {
    const { installNative } = await import('../native/install.ts');
    const from = textOption(args, 'from');
    const { folder, manifest, isNew, usesGpu } = await installNative({
      variant: isOn(args, 'gpu') ? 'gpu' : 'cpu',
      ...(isOn(args, 'force') && { force: true }),
      ...(from !== undefined && { from }),
      signal: world.signal,
      onProgress: ({ message }) => world.err(`${message}\n`),
    });
    const { tensorflow } = manifest;
    const result = { event: 'done', folder, tensorflow, isNew, usesGpu };
    world.out(isOn(args, 'json') ? `${JSON.stringify(result)}\n` : `${folder}\n`);
  },
};
