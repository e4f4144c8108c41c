import { DataError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { metadataText, readImageMetadata } from './image-metadata.ts';
import type { Pixels } from './pixels.ts';
import { encodePng } from './png.ts';

const pixels: Pixels = { width: 1, height: 1, channels: 1, data: Uint8Array.of(0) };

describe('readImageMetadata', () => {
  it('gives back what metadataText wrote', () => {
    const record = { recipe: 'var', seed: '18446744073709551615', labels: ['T-shirt/top', '👕'] };

    expect(readImageMetadata(encodePng(pixels, { text: metadataText(record) }))).toEqual(record);
  });

  it('is undefined for a picture that says nothing', () => {
    expect(readImageMetadata(encodePng(pixels))).toBeUndefined();
  });

  it.each(['{', '[1]', '7', 'null'])('refuses %s as a record', (nextx) => {
    expect(() => readImageMetadata(encodePng(pixels, { text: { nextx } }))).toThrow(DataError);
  });
});
