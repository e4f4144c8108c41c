import { DataError, UnsupportedError } from '@nextx/core';
import { gzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readIdx } from './idx.ts';

const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

describe('readIdx', () => {
  it('reads shape and bytes, gzipped or not', () => {
    for (const bytes of [file, gzipSync(file)]) {
      const { shape, data } = readIdx(bytes);
      expect(shape).toEqual([2, 3]);
      expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  it('gives plain bytes for a Buffer, so that slices are copies', () => {
    expect(Object.getPrototypeOf(readIdx(Buffer.from(file)).data)).toBe(Uint8Array.prototype);
  });

  it.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), 'empty file'],
    ['a web page', new TextEncoder().encode('<!doctype html><p>404'), 'HTML page'],
    ['a cut file', file.subarray(0, 17), 'needs 6 bytes'],
    ['a file that is too long', Uint8Array.of(...file, 7), 'needs 6 bytes'],
    ['a cut header', file.subarray(0, 10), 'rank 2'],
    ['a cut gzip file', gzipSync(file).subarray(0, 20), 'Download'],
  ])('refuses %s as FORMAT', (_, bytes, reason) => {
    expect(() => readIdx(bytes)).toThrow(DataError);
    expect(() => readIdx(bytes)).toThrow(reason);
  });

  it('refuses floats by name', () => {
    expect(() => readIdx(Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0))).toThrow(UnsupportedError);
  });

  it('refuses more data than the limit, also when a small gzip file hides it', () => {
    const bomb = gzipSync(new Uint8Array(3_000_000));

    expect(() => readIdx(file, { maxBytes: 5 })).toThrow(/at most 5 bytes/);
    expect(() => readIdx(bomb, { maxBytes: 1_000_000 })).toThrow(/inflate to at most/);
  });
});
