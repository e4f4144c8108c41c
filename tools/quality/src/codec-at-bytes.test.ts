import { describe, expect, it } from 'vitest';
import { codecAtBytes } from './codec-at-bytes.ts';
import { openJpeg, openWebp, type PictureCodec, type RgbPicture } from './picture-codec.ts';

/** A disc on white, as emoji are. */
const picture: RgbPicture = {
  width: 32,
  height: 32,
  data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => {
    const at = Math.floor(i / 3);
    const isInside = Math.hypot((at % 32) - 15.5, Math.floor(at / 32) - 15.5) < 13;
    return isInside ? [255, 200, 40][i % 3] - (Math.floor(at / 32) % 7) : 255;
  }),
};

/** Whose file has `quality` bytes and whose error shrinks with them. */
const ruler: PictureCodec = {
  name: 'jpeg',
  encode: (_, quality) => Promise.resolve(new Uint8Array(quality + 10)),
  decode: (bytes) =>
    Promise.resolve({
      ...picture,
      data: picture.data.map((v) => Math.abs(v - (120 - bytes.length))),
    }),
  payload: (bytes) => bytes.length - 5,
};

describe('codecAtBytes', () => {
  it.each([
    [10, 0],
    [11, 1],
    [64, 54],
    [110, 100],
    [9999, 100],
  ])('finds for %i bytes the highest quality that fits, %i', async (targetBytes, quality) => {
    expect(await codecAtBytes(ruler, picture, { targetBytes })).toMatchObject({
      quality,
      isOverBudget: false,
    });
  });

  it('can leave headers out of the budget', async () => {
    const result = await codecAtBytes(ruler, picture, { targetBytes: 59, counting: 'payload' });

    expect(result).toMatchObject({ quality: 54, bytes: 64, payloadBytes: 59 });
  });

  it('says so when nothing fits', async () => {
    expect(await codecAtBytes(ruler, picture, { targetBytes: 9 })).toMatchObject({
      quality: 0,
      isOverBudget: true,
    });
    await expect(codecAtBytes(ruler, picture, { targetBytes: 0 })).rejects.toThrow(RangeError);
  });

  it.each([
    ['JPEG', openJpeg],
    ['WebP', openWebp],
  ])('gets better with more bytes of %s', async (_, open) => {
    const codec = await open();
    const small = await codecAtBytes(codec, picture, { targetBytes: 500 });
    const large = await codecAtBytes(codec, picture, { targetBytes: 900 });

    expect(small.bytes).toBeLessThanOrEqual(500);
    expect(small.payloadBytes).toBeLessThan(small.bytes);
    expect(small.psnr).toBeGreaterThan(20);
    expect(large.psnr).toBeGreaterThan(small.psnr);
  });
});
