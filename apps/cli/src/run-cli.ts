import { readFile } from 'node:fs/promises';
import { parseArgs } from 'citty';
import picocolors from 'picocolors';
import { commandList, type CommandEntry } from './command-list.ts';
import { checkArguments } from './terminal/check-arguments.ts';
import { commonArgs, type Command } from './terminal/command.ts';
import { nearestName } from './terminal/nearest-name.ts';
import { renderCommandList, renderHelp } from './terminal/render-help.ts';
import { failureOf, traceOf } from './terminal/report-error.ts';
import { UsageError } from './terminal/usage-error.ts';
import type { World } from './terminal/world.ts';

const title = 'nextx: generate pictures with next-X prediction models, and train them.';

/**
 * Runs one command line.
 *
 * @param words  What follows `nextx`.
 * @returns the exit code: 0, 1 (failed), 2 (wrong arguments or settings), 130 (stopped).
 */
export async function runCli(words: readonly string[], world: World): Promise<number> {
  try {
    await dispatch(words, { list: commandList, prefix: 'nextx' }, world);
    return 0;
  } catch (error) {
    const failure = await failureOf(error, world.signal);
    const { red } = picocolors.createColors(world.isTerminal);
    const prefix = failure.message.startsWith('nextx ') ? '' : 'nextx: ';
    world.err(`${red(`${prefix}${failure.message}`)}\n`);
    if (words.includes('--verbose') && !(error instanceof UsageError)) {
      world.err(`${traceOf(error)}\n`);
    }
    if (words.includes('--json')) {
      const { code, message } = failure;
      world.out(`${JSON.stringify({ event: 'error', code, message })}\n`);
    }
    return failure.exitCode;
  }
}

interface Level {
  readonly list: Readonly<Record<string, CommandEntry>>;
  /** What was typed so far. */
  readonly prefix: string;
}

async function dispatch(words: readonly string[], level: Level, world: World): Promise<void> {
  const { list, prefix } = level;
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const rows = Object.entries(list).map(
      ([command, { description }]) => [command, description] as const,
    );
    world.out(renderCommandList(title, prefix, rows));
    return;
  }
  if (prefix === 'nextx' && (name === '--version' || name === '-v')) {
    world.out(`${await ownVersion()}\n`);
    return;
  }
  if (!Object.hasOwn(list, name)) {
    const near = nearestName(name, Object.keys(list));
    const guess = near === undefined ? `See ${prefix} --help.` : `Did you mean ${prefix} ${near}?`;
    const kind = name.startsWith('-') ? 'option' : 'command';
    throw new UsageError(`unknown ${kind} "${name}". ${guess}`);
  }
  const entry = list[name];
  const path = `${prefix} ${name}`;
  if ('commands' in entry) {
    await dispatch(rest, { list: entry.commands, prefix: path }, world);
    return;
  }
  await runOne(rest, { path, command: await entry.load() }, world);
}

async function runOne(
  words: readonly string[],
  { path, command }: { readonly path: string; readonly command: Command },
  world: World,
): Promise<void> {
  const args = { ...command.args, ...commonArgs };
  const end = words.indexOf('--');
  const options = end === -1 ? words : words.slice(0, end);
  if (options.includes('--help') || options.includes('-h')) {
    world.out(renderHelp(path, { ...command, args }));
    return;
  }
  const parsed = parseArgs(checkArguments(path, words, args), args);
  try {
    await command.run(parsed, world);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const prefixed = error.message.startsWith(path) ? error.message : `${path}: ${error.message}`;
    throw new UsageError(prefixed);
  }
}

async function ownVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const { version } = manifest as { version: string }; // this package's own file
  return version;
}
