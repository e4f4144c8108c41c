import { UnsupportedError } from '@nextx/core';
import type { Arguments } from '../terminal/command.ts';
import type { World } from '../terminal/world.ts';

/** `nextx evaluate` */
export async function evaluateFromArguments(args: Arguments, world: World): Promise<void> {
  void [args, world];
  throw new UnsupportedError('evaluate: not wired yet.');
}
