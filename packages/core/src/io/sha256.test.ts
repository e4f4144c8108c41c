import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from './byte-source.ts';
import { Sha256, sha256 } from './sha256.ts';

describe('sha256', () => {
  it('gives the sum of "abc" that the standard prints', async () => {
    const abc = new TextEncoder().encode('abc');
    const sum = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const hash = new Sha256();
    hash.update(abc);

    expect(await sha256(bytesSource(abc))).toBe(sum);
    expect(hash.hex()).toBe(sum);
  });

  it('agrees with the platform for any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
        const hash = new Sha256();
        const platform = createHash('sha256');
        for (const piece of pieces) {
          hash.update(piece);
          platform.update(piece);
        }
        expect(hash.hex()).toBe(platform.digest('hex'));
      }),
      { numRuns: 100 },
    );
  });
});
