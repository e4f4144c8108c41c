import type { ArgsDef } from 'citty';
import { nearestName } from './nearest-name.ts';
import { UsageError } from './usage-error.ts';

/**
 * Checks words of a command line against what a command takes, and brings them into one form: `--name=value` for each option.
 *
 * @param where  The command, `nextx train`, for messages.
 * @throws {UsageError} for an unknown option, a missing value, or one word too many, naming the nearest known name.
 */
export function checkArguments(where: string, words: readonly string[], args: ArgsDef): string[] {
  const checked: string[] = [];
  const positionals: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--') {
      positionals.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const { name, kind, value } = readOption(where, word, args);
    if (kind !== 'value') {
      if (value !== undefined) {
        throw new UsageError(`${where}: --${name} takes no value, got "${value}". Leave it out.`);
      }
      checked.push(kind === 'negated' ? `--no-${name}` : `--${name}`);
      continue;
    }
    const given = value ?? words[++i];
    if (given === undefined || (value === undefined && isOption(given, args))) {
      throw new UsageError(
        `${where}: --${name} needs a value. Write --${name} ${hintOf(args, name)}.`,
      );
    }
    if (given === '') throw new UsageError(`${where}: --${name} must not be empty.`);
    checked.push(`--${name}=${given}`);
  }
  assertPositionals(where, positionals, args);
  return [...checked, '--', ...positionals];
}

interface ReadOption {
  readonly name: string;
  readonly kind: 'value' | 'switch' | 'negated';
  readonly value?: string;
}

function readOption(where: string, word: string, args: ArgsDef): ReadOption {
  const [, dashes, given, value] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word) ?? ['', '--', word];
  const rest = value === undefined ? {} : { value };
  const name = dashes === '-' ? nameOfAlias(given, args) : given;
  const definition = name === undefined || !Object.hasOwn(args, name) ? undefined : args[name];
  if (name !== undefined && definition !== undefined && definition.type !== 'positional') {
    return { name, kind: definition.type === 'boolean' ? 'switch' : 'value', ...rest };
  }
  const negated = /^no-(.+)$/.exec(given)?.[1];
  if (negated !== undefined && Object.hasOwn(args, negated) && args[negated].default === true) {
    return { name: negated, kind: 'negated', ...rest };
  }
  const near = nearestName(given, optionNames(args));
  throw new UsageError(
    `${where}: unknown option ${dashes}${given}. ${near === undefined ? `See ${where} --help.` : `Did you mean --${near}?`}`,
  );
}

function optionNames(args: ArgsDef): string[] {
  return Object.entries(args).flatMap(([name, { type, default: preset }]) => {
    if (type === 'positional') return [];
    return type === 'boolean' && preset === true ? [name, `no-${name}`] : [name];
  });
}

function nameOfAlias(alias: string, args: ArgsDef): string | undefined {
  return Object.entries(args).find(
    ([, definition]) => 'alias' in definition && definition.alias === alias,
  )?.[0];
}

/** Whether a word where a value is due is an option instead; negative numbers are values. */
function isOption(word: string, args: ArgsDef): boolean {
  if (!word.startsWith('-') || /^-[\d.]/.test(word) || word === '-') return false;
  return word.startsWith('--') || nameOfAlias(word.slice(1), args) !== undefined;
}

function hintOf(args: ArgsDef, name: string): string {
  return args[name].valueHint ?? 'VALUE';
}

function assertPositionals(where: string, given: readonly string[], args: ArgsDef): void {
  const known = Object.entries(args).filter(([, { type }]) => type === 'positional');
  const missing = known.slice(given.length).find(([, { required }]) => required !== false);
  if (missing !== undefined) {
    throw new UsageError(
      `${where}: ${(missing[1].valueHint ?? missing[0]).toUpperCase()} is missing. See ${where} --help.`,
    );
  }
  if (given.length > known.length) {
    throw new UsageError(
      `${where}: takes ${known.length} words beside its options, got "${given[known.length]}" too. See ${where} --help.`,
    );
  }
}
