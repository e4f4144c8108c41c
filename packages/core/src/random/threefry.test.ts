import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { foldIn, keyFromSeed, seedOfItem, threefry2x32 } from './threefry.ts';
import type { Key } from './threefry.ts';

type Hex = readonly [string, string];
interface KnownAnswer {
  readonly key: Hex;
  readonly ctr: Hex;
  readonly out: Hex;
}
interface Fixture {
  readonly kat_20_rounds: readonly KnownAnswer[];
  readonly kat_13_rounds: readonly KnownAnswer[];
  readonly stream_key: Hex;
  readonly fold_in: Readonly<Record<string, Hex>>;
  readonly nested_example: Readonly<Record<string, Hex>>;
}

const fixture = readFixtureJson<Fixture>('core', 'rng', 'threefry2x32.json');

describe('threefry2x32', () => {
  it.each(fixture.kat_20_rounds)('gives $out in 20 rounds for key $key', ({ key, ctr, out }) => {
    expect(threefry2x32(pair(key), pair(ctr))).toEqual(pair(out));
  });

  it.each(fixture.kat_13_rounds)('gives $out in 13 rounds for key $key', ({ key, ctr, out }) => {
    expect(threefry2x32(pair(key), pair(ctr), 13)).toEqual(pair(out));
  });
});

describe('foldIn', () => {
  it.each(Object.entries(fixture.fold_in))('folds %s in as the table says', (n, out) => {
    expect(foldIn(pair(fixture.stream_key), Number(n))).toEqual(pair(out));
  });

  it('chains folds as the nested example does', () => {
    const seed = keyFromSeed(0x2an);

    const request = foldIn(seed, 7);
    const step = foldIn(request, 3);
    const position = foldIn(step, 11);

    const example = fixture.nested_example;
    expect(seed).toEqual(pair(example['seed_key']));
    expect(request).toEqual(pair(example['fold_request_7']));
    expect(step).toEqual(pair(example['fold_step_3']));
    expect(position).toEqual(pair(example['fold_position_11']));
  });

  it('puts what exceeds 32 bits into the second counter word', () => {
    expect(foldIn([1, 2], 3 * 2 ** 32 + 5)).toEqual(threefry2x32([1, 2], [5, 3]));
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses n = %s', (n) => {
    expect(() => foldIn([0, 0], n)).toThrow(OptionError);
  });
});

describe('keyFromSeed', () => {
  it('is the low and the high half of the seed', () => {
    expect(keyFromSeed(0x1234_5678_9abc_def0n)).toEqual([0x9abcdef0, 0x12345678]);
  });
});

describe('seedOfItem', () => {
  it('counts up from the seed of the call and wraps at 2^64', () => {
    expect(seedOfItem(7n, 3)).toBe(10n);
    expect(seedOfItem(2n ** 64n - 1n, 2)).toBe(1n);
  });
});

function pair([low, high]: Hex): Key {
  return [Number.parseInt(low, 16), Number.parseInt(high, 16)];
}
