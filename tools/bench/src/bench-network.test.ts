import { describe, expect, it } from 'vitest';
import { benchNetworks, imageSize, tokensPerImage } from './bench-network.ts';

describe('benchNetworks', () => {
  it('has the two sizes of both recipes, and quick the smaller one', () => {
    expect(benchNetworks(false).map(({ name }) => name)).toEqual([
      'var 6 x 384',
      'llamagen 6 x 384',
      'var 12 x 768',
      'llamagen 12 x 768',
    ]);
    expect(benchNetworks(true).map(({ depth }) => depth)).toEqual([6, 6]);
  });

  it('counts the 680 and 256 tokens of a published picture of 256 pixels', () => {
    const [, , nextScale, raster] = benchNetworks(false);

    expect([tokensPerImage(nextScale), tokensPerImage(raster)]).toEqual([680, 256]);
    expect([imageSize(nextScale), imageSize(raster)]).toEqual([256, 256]);
  });
});
