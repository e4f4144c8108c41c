import { isOn } from '../terminal/option-values.ts';
import type { Command } from '../terminal/command.ts';

/** `nextx doctor` */
export const doctorCommand: Command = {
  description: 'Say what this machine offers and what to do next.',
  args: {},
  examples: [['nextx doctor', 'engines, tools, advice']],
  run: async (args, world) => {
    const { doctor, renderDoctor } = await import('../native/doctor.ts');
    const report = await doctor();
    world.out(isOn(args, 'json') ? `${JSON.stringify(report)}\n` : renderDoctor(report));
  },
};
