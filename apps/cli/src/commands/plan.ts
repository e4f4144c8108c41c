import type { Command } from '../terminal/command.ts';

/** `nextx plan` */
export const planCommand: Command = {
  description: 'Print the order in which a model generates: its steps and their positions.',
  details: [
    'With --program, what a fused executor runs instead: the operations of every step, the bytes that they read, and the',
    'memory with its regions. With --svg, a picture of the plan: its steps, and which position sees which.',
  ].join('\n'),
  args: {
    model: {
      type: 'string',
      valueHint: 'DIR|NAME',
      description: 'Shipped model, or the folder of one.',
    },
    order: {
      type: 'string',
      valueHint: 'WORDS',
      description: 'A plan without a model: raster:16x16, next-scale:1,2,3,4, next-block:8x8/2x2.',
    },
    svg: { type: 'string', valueHint: 'FILE', description: 'Draws the plan into this file.' },
    program: { type: 'boolean', description: 'Prints the program of an executor.' },
    executor: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Whose program: cpu, webgpu or reference [cpu].',
    },
    format: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Its weights: f32, bf16, int8 or int4; on webgpu f16 instead of bf16 [f32].',
    },
    batch: { type: 'string', valueHint: 'N', description: 'Items generated together [1].' },
    guided: { type: 'boolean', description: 'Every item comes twice, for guidance.' },
  },
  examples: [
    ['nextx plan --model fashion-var', 'the token maps of a next-scale model'],
    [
      'nextx plan --model fashion-var --program --executor webgpu --format f16 --guided',
      'its dispatches and buffers on a GPU',
    ],
    ['nextx plan --order near-to-far:8x8 --svg near-to-far.svg', 'a picture of an order'],
  ],
  run: async (args, world) => {
    const { printPlan } = await import('../plans/print-plan.ts');
    await printPlan(args, world);
  },
};
