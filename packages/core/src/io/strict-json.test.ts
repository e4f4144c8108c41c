import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

describe('parseStrictJson', () => {
  it('agrees with JSON.parse on what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\d{16}/.test(text.replace(/\d*\.\d+/g, '')));
        expect(JSON.stringify(parseStrictJson('t', text, { maxDepth: 200 }))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('accepts and refuses the texts that JSON.parse does, apart from its own rules', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ [\]{}",:0-9.eE+\-tfnulrs\\a]{0,12}$/), (text) => {
        expect(accepts(() => parseStrictJson('t', text))).toBe(
          accepts(() => JSON.parse(text)) && !isSpecial(text),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['duplicate keys', '{"a":1,"a":2}', /"a" must stand once/],
    ['duplicate keys in other spelling', '{"a":1,"\\u0061":2}', /duplicate/],
    ['integers beyond 2^53', '9007199254740993', /too large/],
    ['numbers that overflow', '1e999', /too large/],
    ['half of a surrogate pair', '"\\ud800"', /surrogate/],
    ['deep nesting', '['.repeat(100_000), /64 deep/],
    ['a control character', '"\u0001"', /control/],
    ['a byte-order mark', '\ufeff{}', /must stand here/],
    ['more after the value', '{} x', /nothing may follow/],
    ['the end in the middle', '{"a":', /end of the text/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseStrictJson('t', text)).toThrow(message);
  });

  it('refuses 2e0 and 1.0 where integers are asked for', () => {
    expect(() => parseStrictJson('t', '[2e0]', { integersOnly: true })).toThrow(/plain integers/);
    expect(() => parseStrictJson('t', '[1.0]', { integersOnly: true })).toThrow(/plain integers/);
  });

  it('keeps "__proto__" as an ordinary key', () => {
    const value = parseStrictJson('t', '{"__proto__":{"polluted":1}}');

    expect(Object.entries(value ?? {})[0][0]).toBe('__proto__');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

function accepts(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** What the strict reader refuses although it is JSON. */
function isSpecial(text: string): boolean {
  const numbers = text.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? [];
  const isKeyTwice = /\{"(.*?)":.*"\1":/.test(text);
  return isKeyTwice || numbers.some((n) => !Number.isFinite(Number(n)));
}
