import { describePlan } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { loadImageModel } from '@nextx/image';
import { activateEngine } from '../engines/engine.ts';
import { findModel } from '../generation/find-model.ts';
import type { World } from '../terminal/world.ts';

/** `nextx plan` */
export async function printPlan(wanted: string, world: World): Promise<void> {
  const { folder } = await findModel(wanted);
  await activateEngine('cpu');
  const model = await loadImageModel(folderFiles(folder));
  world.out(`${describePlan(model.plan)}\n`);
  model.dispose();
}
