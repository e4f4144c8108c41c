import { NextxError } from '@nextx/core';
import fc from 'fast-check';
import { gzipSync, zlibSync } from 'fflate';
import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { readIdx } from './data/idx.ts';
import { assertMask, readMask } from './pixels-mask.ts';
import { decodeImage } from './pixels-decode.ts';
import { cropSquare } from './pixels-resize.ts';
import { assertPixels, type Pixels } from './pixels.ts';
import { joinPngChunks, pngChunks } from './png-chunks.ts';
import { decodePng, encodePng } from './png.ts';

const picture: Pixels = {
  width: 12,
  height: 10,
  channels: 3,
  data: Uint8Array.from({ length: 360 }, (_, i) => (i * i) % 256),
};
const png = encodePng(picture, { text: { nextx: '{}' } });
const jpg = new Uint8Array(
  jpeg.encode(
    { width: 16, height: 16, data: new Uint8Array(1024).map((_, i) => (i * 91) % 256) },
    80,
  ).data,
);
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The good PNG with another header. */
function withHeader(change: (header: DataView) => void): Uint8Array {
  const chunks = [...pngChunks(png)];
  const data = chunks[0].data.slice();
  change(new DataView(data.buffer));
  return joinPngChunks([{ type: 'IHDR', data }, ...chunks.slice(1)]);
}

/** The good PNG whose picture data inflates to `bytes` zeros. */
function inflatingTo(bytes: number): Uint8Array {
  const chunks = [...pngChunks(png)].filter(({ type }) => type !== 'IDAT');
  const data = zlibSync(new Uint8Array(bytes), { level: 9 });
  return joinPngChunks([chunks[0], { type: 'IDAT', data }, ...chunks.slice(1)]);
}

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] ^= 0x55;
  return copy;
}

/** Offset of the first byte inside the picture data. */
const idatAt =
  png.findIndex((_, i) => String.fromCharCode(...png.subarray(i, i + 4)) === 'IDAT') + 8;
const sofAt = jpg.findIndex((value, i) => value === 0xff && jpg[i + 1] === 0xc0);

function hugeJpeg(): Uint8Array {
  const copy = jpg.slice(0, 2048);
  new DataView(copy.buffer).setUint16(sofAt + 5, 65_500);
  new DataView(copy.buffer).setUint16(sofAt + 7, 65_500);
  return copy;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof NextxError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('section D: pictures in', () => {
  it.each<[string, Uint8Array, string]>([
    [
      'D1 a PNG header of 60,000 x 60,000 over a few bytes',
      withHeader((h) => {
        h.setUint32(0, 60_000);
        h.setUint32(4, 60_000);
      }),
      'LIMIT',
    ],
    [
      'D1 a header just below the limit over a few bytes',
      withHeader((h) => {
        h.setUint32(0, 10_000);
        h.setUint32(4, 10_000);
      }),
      'FORMAT',
    ],
    ['D1 picture data that inflates to 300 MB', inflatingTo(300e6), 'LIMIT'],
    ['D2 a PNG cut in the middle', png.subarray(0, png.length >> 1), 'FORMAT'],
    ['D2 a wrong checksum in IDAT', changed(png, idatAt), 'FORMAT'],
    ['D2 no IEND', png.subarray(0, png.length - 12), 'FORMAT'],
    ['D2 too little picture data behind right checksums', inflatingTo(100), 'FORMAT'],
    ['D2 a signature alone', png.subarray(0, 8), 'FORMAT'],
    ['D3 a JPEG header of 65,500 x 65,500 on 2 KB', hugeJpeg(), 'LIMIT'],
    ['D3 a JPEG cut before its picture data', jpg.subarray(0, sofAt), 'FORMAT'],
    ['D3 a JPEG cut in its picture data', jpg.subarray(0, sofAt + 60), 'FORMAT'],
    ['D4 a web page', ascii('<!DOCTYPE html><html>404</html>'), 'FORMAT'],
    ['D4 text', ascii('Not found'), 'FORMAT'],
    ['D4 a GIF', ascii('GIF89a\0\0'), 'UNSUPPORTED'],
    ['D4 a WebP', ascii('RIFF\0\0\0\0WEBPVP8 '), 'UNSUPPORTED'],
    ['D4 an empty file', new Uint8Array(0), 'EMPTY'],
    ['D5 a PNG of 0 x 0', withHeader((h) => h.setUint32(0, 0)), 'FORMAT'],
    ['an unknown color type', withHeader((h) => h.setUint8(9, 5)), 'FORMAT'],
    [
      'a palette picture without a palette',
      withHeader((h) => {
        h.setUint32(0, 36);
        h.setUint8(9, 3);
      }),
      'FORMAT',
    ],
  ])('%s is refused', (_, bytes, code) => {
    expect(codeOf(() => decodeImage(bytes))).toBe(code);
  });

  it('D1 a header over the limit costs less than 5 MB of memory', () => {
    const bytes = withHeader((h) => h.setUint32(0, 0x7fffffff));
    const before = process.memoryUsage().arrayBuffers;

    expect(codeOf(() => decodePng(bytes))).toBe('LIMIT');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e6);
  });

  it('D4 the message names what the file really is', () => {
    expect(() => decodePng(ascii('<!doctype html>'))).toThrow('HTML page');
    expect(() => decodePng(jpg)).toThrow('JPEG picture');
  });

  it('D5 pictures of 1 x 1 and 1 x 10,000 are taken and cropped', () => {
    for (const height of [1, 10_000]) {
      const data = new Uint8Array(height).fill(3);
      const { pixels } = decodePng(encodePng({ width: 1, height, channels: 1, data }));
      expect(cropSquare(pixels, { size: 4 }).data).toEqual(new Uint8Array(16).fill(3));
    }
  });

  it('D6 a mask of another size is refused', () => {
    expect(codeOf(() => assertMask(readMask(png), { width: 10, height: 12 }))).toBe('SHAPE');
  });
});

/** 1 to 20 changes, cuts or insertions of a good file. */
function damagedCopies(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    kind: fc.constantFrom('change', 'cut', 'insert'),
    at: fc.nat(good.length - 1),
    value: fc.nat(255),
  });
  return fc.array(edit, { minLength: 1, maxLength: 20 }).map((edits) => {
    let bytes = Array.from(good);
    for (const { kind, at, value } of edits) {
      if (kind === 'change') bytes[at % bytes.length] = value;
      else if (kind === 'insert') bytes.splice(at, 0, value);
      else bytes = bytes.slice(0, Math.max(1, bytes.length - (at % 16)));
    }
    return Uint8Array.from(bytes);
  });
}

describe('arbitrary and damaged bytes', () => {
  const runs = { numRuns: 300 };

  it('decodePng gives a whole picture or a NextxError', () => {
    const repaired = damagedCopies(png.slice(8)).map((body) =>
      reseal(Uint8Array.of(...png.subarray(0, 8), ...body)),
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), damagedCopies(png), repaired),
        (bytes) => {
          const code = codeOf(() =>
            assertPixels('fuzz', decodePng(bytes, { maxPixels: 1e6 }).pixels),
          );
          expect(code).not.toBe('');
        },
      ),
      runs,
    );
  });

  it('decodeImage gives a whole picture or a NextxError on damaged JPEG files', () => {
    fc.assert(
      fc.property(damagedCopies(jpg), (bytes) => {
        const code = codeOf(() =>
          assertPixels('fuzz', decodeImage(bytes, { maxPixels: 1e6 }).pixels),
        );
        expect(code).not.toBe('');
      }),
      runs,
    );
  });

  it('readIdx gives whole data or a NextxError', () => {
    const good = Uint8Array.of(
      0,
      0,
      8,
      2,
      0,
      0,
      0,
      4,
      0,
      0,
      0,
      3,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      12,
    );
    const files = [
      damagedCopies(good),
      damagedCopies(gzipSync(good)),
      fc.uint8Array({ maxLength: 100 }),
    ];
    fc.assert(
      fc.property(fc.oneof(...files), (bytes) => {
        const code = codeOf(() => {
          const { shape, data } = readIdx(bytes, { maxBytes: 1e6 });
          expect(data).toHaveLength(shape.reduce((product, side) => product * side, 1));
        });
        expect(code).not.toBe('');
      }),
      runs,
    );
  });
});

/** The same chunks with right checksums, so that damage reaches what is behind them. */
function reseal(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  const chunks: { type: string; data: Uint8Array }[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = Math.min(view.getUint32(at), bytes.length - at - 12);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return joinPngChunks(chunks);
}
