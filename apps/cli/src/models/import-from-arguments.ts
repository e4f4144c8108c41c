import * as imageNode from '@nextx/image/node';
import { UnsupportedError } from '@nextx/core';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText, textOption } from '../terminal/option-values.ts';
import type { World } from '../terminal/world.ts';

/** `nextx import` */
export async function importFromArguments(args: Arguments, world: World): Promise<void> {
  void [imageNode, textOption, isOn, requiredText, args, world];
  throw new UnsupportedError('import: not wired yet.');
}
