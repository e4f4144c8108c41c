import { requiredText } from '../terminal/option-values.ts';
import type { Command } from '../terminal/command.ts';

/** `nextx plan` */
export const planCommand: Command = {
  description: 'Print the order in which a model generates: its steps and their positions.',
  args: {
    model: {
      type: 'positional',
      description: 'Shipped model, or the folder of one.',
      required: true,
    },
  },
  examples: [['nextx plan fashion-var', 'the token maps of a next-scale model']],
  run: async (args, world) => {
    const { printPlan } = await import('../models/print-plan.ts');
    await printPlan(requiredText(args, 'model'), world);
  },
};
