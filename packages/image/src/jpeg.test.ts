import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { decodeJpeg } from './jpeg.ts';
import { decodeImage } from './pixels-decode.ts';

function file(width: number, height: number, color: readonly [number, number, number]): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) data.set([...color, 255], 4 * i);
  return new Uint8Array(jpeg.encode({ width, height, data }, 95).data);
}

describe('decodeJpeg', () => {
  it('reads size and color', () => {
    const { width, height, channels, data } = decodeJpeg(file(9, 5, [200, 100, 50]));

    expect([width, height, channels, data.length]).toEqual([9, 5, 3, 9 * 5 * 3]);
    for (const [c, value] of [200, 100, 50].entries())
      expect(Math.abs(data[c] - value)).toBeLessThan(4);
  });

  it('is chosen by the bytes, not by a name', () => {
    expect(decodeImage(file(2, 2, [0, 0, 0]))).toMatchObject({
      pixels: { width: 2 },
      text: new Map(),
    });
  });
});
