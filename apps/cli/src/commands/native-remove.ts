import { isOn } from '../terminal/option-values.ts';
import type { Command } from '../terminal/command.ts';

/** `nextx native remove` */
export const nativeRemoveCommand: Command = {
  description: 'Remove every native build.',
  args: {},
  examples: [['nextx native remove', 'undo nextx native install']],
  run: async (args, world) => {
    const { removeNative } = await import('../native/remove.ts');
    const { removed, bytes } = await removeNative();
    if (isOn(args, 'json')) {
      world.out(`${JSON.stringify({ event: 'done', removed, bytes })}\n`);
      return;
    }
    const megabytes = (bytes / 2 ** 20).toFixed(0);
    world.err(
      removed.length === 0
        ? 'no native build is installed\n'
        : `removed ${removed.join(', ')} (${megabytes} MiB)\n`,
    );
  },
};
