import { describePlan } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { loadImageModel } from '@nextx/image';
import { activateEngine } from '../engines/engine.ts';
import { findModel } from '../generation/find-model.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText } from '../terminal/option-values.ts';
import type { World } from '../terminal/world.ts';

/** `nextx plan` */
export async function printPlan(args: Arguments, world: World): Promise<void> {
  const { folder } = await findModel(requiredText(args, 'model'));
  await activateEngine('cpu');
  const model = await loadImageModel(folderFiles(folder));
  const { plan } = model;
  model.dispose();
  if (!isOn(args, 'json')) {
    world.out(`${describePlan(plan)}\n`);
    return;
  }
  const { name, visibility, stepStarts } = plan;
  const steps = stepStarts
    .slice(1)
    .map((end, step) => Array.from(plan.positions.subarray(stepStarts[step], end)));
  world.out(`${JSON.stringify({ event: 'plan', name, visibility, steps })}\n`);
}
