import type { Command } from '../terminal/command.ts';

/** `nextx plan` */
export const planCommand: Command = {
  description: 'Print the order in which a model generates: its steps and their positions.',
  args: {
    model: {
      type: 'string',
      valueHint: 'DIR|NAME',
      description: 'Shipped model, or the folder of one.',
    },
  },
  examples: [['nextx plan --model fashion-var', 'the token maps of a next-scale model']],
  run: async (args, world) => {
    const { printPlan } = await import('../models/print-plan.ts');
    await printPlan(args, world);
  },
};
