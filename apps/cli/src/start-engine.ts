import type { Arguments } from './terminal/command.ts';
import { choiceOf, numberOption, textOption } from './terminal/option-values.ts';
import type { World } from './terminal/world.ts';
import { activateEngine, type ActiveEngine } from './engines/engine.ts';
import { engineNames } from './engines/engine-name.ts';

/**
 * Starts the engine that `--engine` and `--threads` ask for, and says which one computes.
 *
 * @throws {UsageError} if there is no such engine.
 * @throws what `activateEngine` throws.
 */
export async function startEngine(args: Arguments, world: World): Promise<ActiveEngine> {
  const name = choiceOf('--engine', textOption(args, 'engine') ?? 'auto', [
    'auto',
    ...engineNames,
  ] as const);
  const threads = numberOption(args, 'threads', { least: 1, most: 1024, isWhole: true });
  const engine = await activateEngine(name, {
    ...(threads !== undefined && { threads }),
    ...(args['bf16'] === true && { isBf16: true }),
  });
  world.err(`engine: ${engine.name} ${engine.version} (${engine.reason})\n`);
  return engine;
}
