import { describe, expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { foldIn, threefry2x32 } from './threefry.ts';
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

const source = { modality: 'core', system: 'rng', file: 'threefry2x32.json' };

describeParity('Threefry', source, () => {
  const fixture = readFixtureJson<Fixture>('core', 'rng', source.file);

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
      const { seed_key: seed, ...folds } = fixture.nested_example;
      let key = pair(seed);

      // A fold's name ends in what is folded in: fold_step_3.
      for (const [name, out] of Object.entries(folds)) {
        const n = /^fold_.*_(\d+)$/.exec(name)?.[1];
        if (n === undefined) continue;
        key = foldIn(key, Number(n));
        expect(key, name).toEqual(pair(out));
      }
    });
  });
});

function pair([low, high]: Hex): Key {
  return [Number.parseInt(low, 16), Number.parseInt(high, 16)];
}
