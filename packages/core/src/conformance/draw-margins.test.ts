import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { positionKey } from '../decode/decode.ts';
import { llamaParts, rasterModel, tokensOf } from '../executors/raster-model.test-support.ts';
import type { Network } from '../program/network.ts';
import { purposes, uniforms } from '../random/draw.ts';
import { foldIn, keyFromSeed } from '../random/threefry.ts';
import { withMargins } from './draw-margins.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('withMargins', () => {
  it('notes how far draws from ten equal tokens lie from the nearest tenth', async () => {
    const { model, dispose } = rasterModel(llamaParts, (_, weight) => tf.zerosLike(weight));
    const margins: number[][] = [];

    await tokensOf(withMargins(model, model.network as Network, margins), { seeds: [1n, 2n] });

    const expected = [1n, 2n].map((seed) =>
      Array.from({ length: 6 }, (_, position) => {
        const key = positionKey(keyFromSeed(seed), position, position);
        const [u] = uniforms(foldIn(key, purposes.token), 1);
        const tenths = Array.from({ length: 9 }, (_, tenth) => Math.abs(u - (tenth + 1) / 10));
        return Math.min(...tenths);
      }),
    );
    expect(margins).toHaveLength(2);
    margins.flat().forEach((margin, index) => {
      expect(margin).toBeCloseTo(expected.flat()[index], 12);
    });
    dispose();
  });

  it('leaves the tokens as they are', async () => {
    const { model, dispose } = rasterModel();
    const noting = withMargins(model, model.network as Network, []);

    expect(await tokensOf(noting, {})).toEqual(await tokensOf(model, {}));
    dispose();
  });
});
