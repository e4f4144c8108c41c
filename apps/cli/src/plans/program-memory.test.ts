import * as tf from '@tensorflow/tfjs';
import type { ProgramListing } from '@nextx/core';
import { listCpuProgram, weightFormats } from '@nextx/core/cpu';
import { gpuWeightFormats, listWebgpuProgram } from '@nextx/core/webgpu';
import { loadShipped } from '@nextx/image/node';
import type { ImageModel } from '@nextx/image';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let loaded: ImageModel;
const batch = { items: 4, isGuided: true };

beforeAll(async () => {
  await tf.setBackend('cpu');
  loaded = await loadShipped('fashion-var');
});
afterAll(() => loaded.dispose());

// A model of real sizes: in a tiny one padding is a large share.
describe('the memory of the program of fashion-var', () => {
  it.each(weightFormats)('follows its closed forms on cpu by %s weights', async (format) => {
    expectFormulas(await listCpuProgram(loaded.model, { ...batch, format }));
  });

  it.each(gpuWeightFormats)('follows its closed forms on webgpu by %s weights', (format) => {
    expectFormulas(listWebgpuProgram(loaded.model, { ...batch, format }));
  });
});

/** Weights, cache and rows within 5 % of their forms, and all regions within 1 % of the sum. */
function expectFormulas({ regions, formulas, totalBytes }: ProgramListing): void {
  const bytesOf = (kind?: string) =>
    regions.reduce(
      (sum, region) => sum + (kind === undefined || region.kind === kind ? region.bytes : 0),
      0,
    );
  expect(formulas.map(({ kind }) => kind)).toEqual(['weights', 'cache', 'rows']);
  for (const { kind, bytes } of formulas) {
    expect(Math.abs(bytesOf(kind) / bytes - 1), kind).toBeLessThanOrEqual(0.05);
  }
  expect(Math.abs(totalBytes / bytesOf() - 1)).toBeLessThanOrEqual(0.01);
}
