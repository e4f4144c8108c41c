import type { Arguments } from './command.ts';
import { nearestName } from './nearest-name.ts';
import { UsageError } from './usage-error.ts';

/** Value of an option that may be left out. */
export function textOption(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Value of an option that is needed.
 *
 * @throws {UsageError} if it is absent.
 */
export function requiredText(args: Arguments, name: string): string {
  const value = textOption(args, name);
  if (value === undefined) throw new UsageError(`--${name} is missing. Write --${name} VALUE.`);
  return value;
}

/** Whether a switch is on. */
export function isOn(args: Arguments, name: string): boolean {
  return args[name] === true;
}

/** Bounds of a number. */
export interface NumberRange {
  readonly least?: number;
  readonly most?: number;
  readonly isWhole?: boolean;
}

/**
 * Number of an option that may be left out.
 *
 * @throws {UsageError} if it is no plain decimal number, or outside its range.
 */
export function numberOption(
  args: Arguments,
  name: string,
  range: NumberRange = {},
): number | undefined {
  const text = textOption(args, name);
  if (text === undefined) return undefined;
  const { least = -Infinity, most = Infinity, isWhole = false } = range;
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const value = Number(text);
  const fits = isNumber && value >= least && value <= most && Number.isFinite(value);
  if (!fits || (isWhole && !Number.isSafeInteger(value))) {
    throw new UsageError(`--${name} must be ${rangeText(least, most, isWhole)}, got "${text}".`);
  }
  return value;
}

/**
 * Seed of an option that may be left out: decimal digits, 0 to 2^64 - 1.
 *
 * @throws {UsageError} for everything else.
 */
export function seedOption(args: Arguments, name = 'seed'): bigint | undefined {
  const text = textOption(args, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n) {
    throw new UsageError(
      `--${name} must be a whole number from 0 to 18446744073709551615, got "${text.slice(0, 40)}".`,
    );
  }
  return BigInt(text);
}

/**
 * One of some words.
 *
 * @throws {UsageError} naming all of them, and the nearest.
 */
export function choiceOf<Choice extends string>(
  what: string,
  given: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === given);
  if (found !== undefined) return found;
  const near = nearestName(given, choices);
  const guess = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UsageError(`${what} must be one of ${choices.join(', ')}, got "${given}".${guess}`);
}

function rangeText(least: number, most: number, isWhole: boolean): string {
  const kind = isWhole ? 'a whole number' : 'a number';
  if (most !== Infinity) return `${kind} from ${least} to ${most}`;
  return least === -Infinity ? kind : `${kind} of at least ${least}`;
}
