import { engineArgs, executorArgs, type Command } from '../terminal/command.ts';

/** `nextx generate image` */
export const generateImageCommand: Command = {
  description: 'Generate pictures of classes, or make parts of a picture anew.',
  details: [
    'Picture i has the seed --seed + i and is the same whichever others are made with it. The file says how it was',
    'made; "nextx replay FILE" makes it again. With --image, what --mask shows in white is made anew: another --class',
    'changes what is there; --border N makes the edges anew.',
  ].join('\n'),
  args: {
    model: {
      type: 'string',
      valueHint: 'DIR|NAME',
      description: 'Shipped model, or the folder of one.',
    },
    class: {
      type: 'string',
      valueHint: 'LABELS',
      description: 'Classes by name or number, separated by commas, or none [all in turn].',
    },
    count: { type: 'string', valueHint: 'N', description: 'Pictures in all [16].' },
    seed: { type: 'string', valueHint: 'N', description: 'Seed of the first picture [drawn].' },
    guidance: {
      type: 'string',
      valueHint: 'S',
      default: '1',
      description: 'How closely the class is followed: 1 as learned, 2 to 5 closer; 0 to 100.',
    },
    temperature: {
      type: 'string',
      valueHint: 'T',
      default: '1',
      description: '0 takes the most likely token; 0 to 100.',
    },
    'top-k': {
      type: 'string',
      valueHint: 'K',
      default: '0',
      description: 'Only the K most likely tokens; 0 all.',
    },
    'top-p': {
      type: 'string',
      valueHint: 'P',
      default: '1',
      description: 'Only the likeliest tokens that hold this mass.',
    },
    'best-of': {
      type: 'string',
      valueHint: 'N',
      default: '1',
      description: 'Draws N candidates a picture and keeps the most likely one.',
    },
    smooth: {
      type: 'boolean',
      description: 'Mixes codes for smoother pictures, to be looked at only (var).',
    },
    image: { type: 'string', valueHint: 'FILE', description: 'Picture to change, PNG or JPEG.' },
    mask: {
      type: 'string',
      valueHint: 'FILE',
      description: 'White where --image is made anew, black where it stays.',
    },
    border: {
      type: 'string',
      valueHint: 'N',
      description: 'Makes N pixels at each edge of --image anew.',
    },
    out: { type: 'string', valueHint: 'FILE', description: 'One PNG of all pictures [nextx.png].' },
    'out-dir': { type: 'string', valueHint: 'DIR', description: 'A PNG for each picture instead.' },
    columns: { type: 'string', valueHint: 'N', description: 'Pictures in a row of --out.' },
    scale: {
      type: 'string',
      valueHint: 'N',
      description: 'Enlarges the pictures of --out [to about 96 pixels].',
    },
    batch: {
      type: 'string',
      valueHint: 'N',
      default: '32',
      description: 'Pictures computed together, each with its candidates.',
    },
    metadata: { type: 'boolean', default: true, description: 'Leave out how the file was made.' },
    ...engineArgs,
    ...executorArgs,
  },
  examples: [
    [
      'nextx generate image --model fashion-var --class sneaker --count 16 --seed 7 --guidance 3 --out sneakers.png',
      '16 sneakers on one sheet',
    ],
    [
      'nextx generate image --model fashion-var --class coat,dress --count 8 --out-dir coats',
      'a file for each picture',
    ],
    [
      'nextx generate image --model fashion-var --image coat.png --mask sleeve.png --class dress --out edited.png',
      'part of a picture as another class',
    ],
  ],
  run: async (args, world) => {
    const { generateFromArguments } = await import('../generation/generate-from-arguments.ts');
    await generateFromArguments(args, world);
  },
};
