import { OptionError } from '@nextx/core';
import { decode, encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { Pixels } from './pixels.ts';
import { joinPngChunks, pngChunks } from './png-chunks.ts';
import { decodePng, encodePng, readPngText } from './png.ts';

function ramp(width: number, height: number, channels: 1 | 3 | 4): Pixels {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37) % 256);
  return { width, height, channels, data };
}

describe('encodePng and decodePng', () => {
  it.each([1, 3, 4] as const)('give back a picture of %i channels', (channels) => {
    const pixels = ramp(5, 3, channels);

    expect(decodePng(encodePng(pixels)).pixels).toEqual(pixels);
  });

  it('write files that another reader understands', () => {
    const { width, height, channels, data } = decode(encodePng(ramp(5, 3, 3)));

    expect({ width, height, channels, data }).toEqual(ramp(5, 3, 3));
  });

  it('carry texts in any script, and names that objects already have', () => {
    const text = { nextx: '{"seed":7}', label: '運動靴', constructor: 'a', ['__proto__']: 'b' };
    const bytes = encodePng(ramp(2, 2, 1), { text });

    expect(decodePng(bytes).text).toEqual(new Map(Object.entries(text)));
    expect(readPngText(bytes).get('__proto__')).toBe('b');
  });

  it('write the same bytes for the same picture', () => {
    expect(encodePng(ramp(9, 9, 3))).toEqual(encodePng(ramp(9, 9, 3)));
  });

  it('refuse a keyword that PNG does not allow', () => {
    expect(() => encodePng(ramp(1, 1, 1), { text: { ['']: 'x' } })).toThrow(OptionError);
  });

  it('read a view into a larger buffer', () => {
    const file = encodePng(ramp(4, 4, 3));
    const larger = new Uint8Array(file.length + 7);
    larger.set(file, 5);

    expect(decodePng(larger.subarray(5, 5 + file.length)).pixels).toEqual(ramp(4, 4, 3));
  });
});

describe('decodePng on other kinds of PNG', () => {
  it('rounds 16 bits to 8', () => {
    const data = Uint16Array.of(0, 257, 128, 65_535);
    const bytes = encode({ width: 4, height: 1, channels: 1, depth: 16, data });

    expect([...decodePng(bytes).pixels.data]).toEqual([0, 1, 0, 255]);
  });

  it('stretches 1-bit grey to 0 and 255', () => {
    const data = Uint8Array.of(0b10100000, 0b01000000);
    const bytes = encode({ width: 3, height: 2, channels: 1, depth: 1, data });

    expect([...decodePng(bytes).pixels.data]).toEqual([255, 0, 255, 0, 255, 0]);
  });

  it('widens grey with alpha to RGBA', () => {
    const bytes = encode({ width: 1, height: 1, channels: 2, data: Uint8Array.of(9, 77) });

    expect(decodePng(bytes).pixels).toMatchObject({
      channels: 4,
      data: Uint8Array.of(9, 9, 9, 77),
    });
  });

  it('looks palettes up', () => {
    const palette = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const bytes = encode({ width: 2, height: 1, channels: 1, palette, data: Uint8Array.of(1, 0) });

    expect([...decodePng(bytes).pixels.data]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('reads interlaced pictures', () => {
    const { width, height, channels, data } = ramp(11, 10, 3);
    const bytes = encode({ width, height, channels, data }, { interlace: 'Adam7' });

    expect(decodePng(bytes).pixels).toEqual(ramp(11, 10, 3));
  });

  it('makes the tRNS color transparent', () => {
    const chunks = [
      ...pngChunks(encodePng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 8) })),
    ];
    const key = { type: 'tRNS', data: Uint8Array.of(0, 8) };
    const bytes = joinPngChunks([chunks[0], key, ...chunks.slice(1)]);

    expect([...decodePng(bytes).pixels.data]).toEqual([7, 7, 7, 255, 8, 8, 8, 0]);
  });
});
