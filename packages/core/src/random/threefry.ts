import { OptionError } from '../errors.ts';

/** Key of a random stream: two unsigned 32-bit words. A key is either folded or drawn from, never both. */
export type Key = readonly [number, number];

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;
const TWO_POW_32 = 2 ** 32;

/**
 * Block cipher Threefry-2x32 as a random number generator (Salmon et al. 2011, Parallel random numbers:
 * as easy as 1, 2, 3). Only 32-bit add, xor and rotate, so every engine computes the same integers.
 *
 * @param counter two unsigned 32-bit words.
 * @param rounds  20 everywhere in nextx; 13 is Random123's faster variant.
 * @returns two unsigned 32-bit words.
 */
export function threefry2x32(key: Key, counter: Key, rounds = 20): [number, number] {
  const block = Uint32Array.of(counter[0], counter[1]);
  encipherBlock(key, block, 0, rounds);
  return [block[0], block[1]];
}

/**
 * {@link threefry2x32} in place: replaces the counter at `block[at]`, `block[at + 1]` by its two words.
 * For loops over many blocks, which must not allocate.
 */
export function encipherBlock(key: Key, block: Uint32Array, at: number, rounds = 20): void {
  const k0 = key[0];
  const k1 = key[1];
  const schedule = [k0, k1, PARITY ^ k0 ^ k1] as const;
  let x0 = (block[at] + k0) | 0;
  let x1 = (block[at + 1] + k1) | 0;
  for (let round = 0; round < rounds; round++) {
    const rotation = ROTATIONS[round & 7];
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    if ((round & 3) === 3) {
      const group = (round >> 2) + 1;
      x0 = (x0 + schedule[group % 3]) | 0;
      x1 = (x1 + schedule[(group + 1) % 3] + group) | 0;
    }
  }
  block[at] = x0;
  block[at + 1] = x1;
}

/**
 * Child `n` of a key: block `n` of the key's stream, used as a new key.
 * The chain of a draw is item key, step, position, purpose.
 *
 * @param n whole number from 0 to 2^53 - 1.
 * @throws {OptionError} (RANGE) if `n` is not such a number.
 */
export function foldIn(key: Key, n: number): Key {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new OptionError(
      `foldIn: n must be a whole number from 0 to 2^53 - 1, got ${n}. Fold an index in.`,
      'RANGE',
    );
  }
  return threefry2x32(key, [n >>> 0, Math.floor(n / TWO_POW_32)]);
}

/** Key of an item: the low and the high 32 bits of its own 64-bit seed. */
export function keyFromSeed(seed: bigint): Key {
  const bits = BigInt.asUintN(64, seed);
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

/** Seed of item `index` of a call: `seed + index` modulo 2^64, so any item can be made again alone. */
export function seedOfItem(seed: bigint, index: number): bigint {
  return BigInt.asUintN(64, seed + BigInt(index));
}
