import { OptionError } from '../errors.ts';

const LARGEST = 2n ** 64n - 1n;

/**
 * Seed of a call from what a person or a file gives: a whole number from 0 to 2^53 - 1, or a bigint or a string of
 * decimal digits from 0 to 2^64 - 1. Larger numbers are refused, since a double cannot hold them all.
 *
 * @throws {OptionError} (ARG) for everything else.
 */
export function parseSeed(value: unknown): bigint {
  const seed = seedOrNull(value);
  if (seed === null || seed < 0n || seed > LARGEST) {
    throw new OptionError(
      `parseSeed: a seed must be a whole number from 0 to 2^53 - 1, or a bigint or decimal string from 0 to ` +
        `2^64 - 1, got ${shown(value)}. Pass larger seeds as strings, or leave the seed out to draw one.`,
    );
  }
  return seed;
}

/** Seed from the platform's entropy, below 2^53, so that it survives JSON as a number. */
export function randomSeed(): bigint {
  const [low, high] = globalThis.crypto.getRandomValues(new Uint32Array(2));
  return (BigInt(high & 0x1fffff) << 32n) | BigInt(low);
}

function seedOrNull(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  // Twenty digits hold 2^64 - 1; BigInt of a longer text could take for ever.
  if (typeof value === 'string' && /^[0-9]{1,20}$/.test(value)) return BigInt(value);
  return null;
}

function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'number' || value === null || value === undefined) return `${value}`;
  return `a value of type ${typeof value}`;
}
