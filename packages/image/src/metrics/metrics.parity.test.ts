import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeParity, fixtureFolder } from '@nextx/core/testing';
import { expect, it } from 'vitest';
import { cropSquare } from '../pixels-resize.ts';
import { pixelsToFloats } from '../pixels.ts';
import { featureStatistics } from './feature-statistics.ts';
import { frechetDistance } from './frechet-distance.ts';
import { psnr } from './psnr.ts';
import { ssim, type FloatPicture } from './ssim.ts';

interface Stored {
  readonly shape: number[];
  readonly values: ArrayLike<number>;
}

/** Fixtures are trusted files of float32 and uint8: no checks. */
function tensorsOf(modality: string, system: string): Record<string, Stored> {
  const bytes = new Uint8Array(
    readFileSync(join(fixtureFolder(modality, system), 'io.safetensors')),
  );
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }> =
    JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return Object.fromEntries(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const data = bytes.slice(start + begin, start + end);
        return [name, { shape, values: dtype === 'F32' ? new Float32Array(data.buffer) : data }];
      },
    ),
  );
}

/** Picture `n` of `[N, C, H, W]` as `[H, W, C]`. */
function picture({ shape, values }: Stored, n: number): FloatPicture {
  const [, channels, height, width] = shape;
  const plane = width * height;
  const data = Float32Array.from(
    { length: channels * plane },
    (_, i) => values[(n * channels + (i % channels)) * plane + Math.floor(i / channels)],
  );
  return { width, height, channels, data };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const source = { file: 'io.safetensors' };

describeParity('metrics', { modality: 'video', system: 'metrics', ...source }, () => {
  const tensors = tensorsOf('video', 'metrics');
  const frames = Array.from({ length: tensors['frames.gt']?.shape[0] ?? 0 }, (_, n) => ({
    truth: picture(tensors['frames.gt'], n),
    made: picture(tensors['frames.pred'], n),
  }));

  it('frechetDistance gives the stored value to 1e-4', () => {
    const side = (name: string) => {
      const [count, size] = tensors[name].shape;
      return featureStatistics({ values: tensors[name].values, count, size });
    };
    const expected = tensors['frechet.value_direct'].values[0];

    const distance = frechetDistance(side('frechet.real'), side('frechet.fake'));
    expect(Math.abs(distance / expected - 1)).toBeLessThan(1e-4);
  });

  it('psnr gives the stored dB of every frame', () => {
    for (const [n, { truth, made }] of frames.entries()) {
      expect(psnr(truth.data, made.data, 1)).toBeCloseTo(tensors['psnr_per_frame'].values[n], 3);
    }
  });

  it('ssim with reflected borders gives the stored value of every frame', () => {
    for (const [n, { truth, made }] of frames.entries()) {
      const value = ssim(truth, made, { range: 1, border: 'reflect' });
      expect(Math.abs(value - tensors['ssim_per_frame'].values[n])).toBeLessThan(2e-5);
    }
  });
});

describeParity('metrics of tokenizers', { modality: 'image', system: 'vtbench', ...source }, () => {
  const tensors = tensorsOf('image', 'vtbench');
  const count = tensors['orig']?.shape[0] ?? 0;

  it('psnr gives the stored dB over all pictures', () => {
    const value = psnr(tensors['orig'].values, tensors['rec'].values, 1);

    expect(value).toBeCloseTo(tensors['psnr_range1'].values[0], 3);
  });

  it('ssim gives the stored mean over pictures', () => {
    const pictures = Array.from({ length: count }, (_, n) => n);
    const scores = pictures.map((n) =>
      ssim(picture(tensors['orig'], n), picture(tensors['rec'], n), {
        range: 1,
        border: 'reflect',
      }),
    );

    expect(Math.abs(mean(scores) - tensors['ssim_range1'].values[0])).toBeLessThan(1e-4);
  });

  it('cropSquare resizes by Lanczos and crops the center as Pillow does, to 2 of 255', () => {
    const [height, width] = tensors['pre.image'].shape;
    const data = Uint8Array.from(tensors['pre.image'].values);
    const size = tensors['pre.crop'].shape[tensors['pre.crop'].shape.length - 1];
    const floats = pixelsToFloats(cropSquare({ width, height, channels: 3, data }, { size }));

    const errors = Array.from(tensors['pre.crop'].values, (value, i) => {
      const plane = size * size;
      return Math.abs(floats[(i % plane) * 3 + Math.floor(i / plane)] - value);
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.0158);
  });
});
