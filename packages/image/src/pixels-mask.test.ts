import { DataError, ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { assertMask, readMask } from './pixels-mask.ts';
import { encodePng } from './png.ts';

describe('readMask', () => {
  it('marks pixels of 128 and brighter', () => {
    const data = Uint8Array.of(0, 127, 128, 255);

    const mask = readMask(encodePng({ width: 2, height: 2, channels: 1, data }));

    expect([...mask.data]).toEqual([0, 0, 1, 1]);
  });
});

describe('assertMask', () => {
  it('refuses a mask of another size than the picture', () => {
    const mask = { width: 2, height: 2, data: new Uint8Array(4) };

    expect(() => assertMask(mask, { width: 2, height: 3 })).toThrow(ShapeError);
  });

  it('accepts masks of all 0 and all 1, and refuses other values', () => {
    for (const value of [0, 1]) {
      assertMask(
        { width: 1, height: 2, data: Uint8Array.of(value, value) },
        { width: 1, height: 2 },
      );
    }
    const grey = { width: 1, height: 1, data: Uint8Array.of(2) };

    expect(() => assertMask(grey, grey)).toThrow(DataError);
  });
});
