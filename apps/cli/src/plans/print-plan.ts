import { describePlan } from '@nextx/core';
import type { Plan } from '@nextx/core';
import { folderFiles, writeFileAtomic } from '@nextx/core/node';
import { loadImageModel } from '@nextx/image';
import { activateEngine } from '../engines/engine.ts';
import { findModel } from '../generation/find-model.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText, textOption } from '../terminal/option-values.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { World } from '../terminal/world.ts';
import { planSvg } from './draw-plan.ts';
import { planOfWords } from './plan-words.ts';
import { printProgram, readProgram } from './print-program.ts';

/** Where words go, and in which form. */
interface Printing {
  readonly isJson: boolean;
  readonly world: World;
}

/** `nextx plan`: prints a plan, or the program and the picture that are asked for instead. */
export async function printPlan(args: Arguments, world: World): Promise<void> {
  const svg = readSvg(args);
  const program = readProgram(args);
  const order = textOption(args, 'order');
  const printing = { isJson: isOn(args, 'json'), world };
  if (order !== undefined) {
    if (program !== undefined || textOption(args, 'model') !== undefined) {
      throw new UsageError('--order is a plan without a model. Leave out --model and --program.');
    }
    await showPlan(planOfWords(order), svg, printing);
    return;
  }
  const { folder } = await findModel(requiredText(args, 'model'));
  await activateEngine('cpu');
  const loaded = await loadImageModel(folderFiles(folder));
  try {
    if (program !== undefined) await printProgram(loaded.model, program, printing);
    if (program === undefined || svg !== undefined) await showPlan(loaded.plan, svg, printing);
  } finally {
    loaded.dispose();
  }
}

/** Draws a plan where a file is named, else prints it. */
async function showPlan(
  plan: Plan,
  svg: string | undefined,
  { isJson, world }: Printing,
): Promise<void> {
  if (svg !== undefined) {
    await writeFileAtomic(svg, new TextEncoder().encode(planSvg(plan)));
    world.out(isJson ? `${JSON.stringify({ event: 'drawing', file: svg })}\n` : `${svg}\n`);
    return;
  }
  if (!isJson) {
    world.out(`${describePlan(plan)}\n`);
    return;
  }
  const { name, visibility, stepStarts } = plan;
  const steps = stepStarts
    .slice(1)
    .map((end, step) => Array.from(plan.positions.subarray(stepStarts[step], end)));
  world.out(`${JSON.stringify({ event: 'plan', name, visibility, steps })}\n`);
}

function readSvg(args: Arguments): string | undefined {
  const file = textOption(args, 'svg');
  if (file === undefined || file.toLowerCase().endsWith('.svg')) return file;
  throw new UsageError(`--svg must name a file that ends with .svg, got "${file}".`);
}
