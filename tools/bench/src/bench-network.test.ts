import { describe, expect, it } from 'vitest';
import { benchNetworks, decoderNetworks, imageSize, tokensPerImage } from './bench-network.ts';

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

describe('decoderNetworks', () => {
  it('has rasters of 256 tokens without guidance and scales of 680 with it', () => {
    const rows = decoderNetworks(true).map((network) => [
      network.name,
      tokensPerImage(network),
      network.guidanceScale,
    ]);

    expect(rows).toEqual([
      ['raster-4x256', 256, 1],
      ['raster-12x768', 256, 1],
      ['var-12x768', 680, 2],
    ]);
    expect(decoderNetworks(false).map(({ name }) => name)).toEqual([
      'raster-4x256',
      'raster-12x768',
      'var-12x768',
      'raster-12x768-guided',
      'flow-12x768-3x1024',
      'var-16x1024',
    ]);
  });
});
