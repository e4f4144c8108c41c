import { normals } from '@nextx/core';
import { cachedDifference, causality } from '@nextx/core/conformance';
import { largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SegmentNetwork } from '../recipes/segment-network.ts';
import { segmentSequence } from './segment-sequence.test-support.ts';
import { tinyForecaster, tinyNetworks } from './tiny-recipes.test-support.ts';
import type { TinyForecaster } from './tiny-recipes.test-support.ts';

const tokens = 3;
const latents = (): Float32Array => Float32Array.from(normals([1, 2], 2 * tokens * 4));
const known = (): tf.Tensor3D => tf.tensor3d(latents(), [2, tokens, 4]);
const condition = (): tf.Tensor2D => tf.tensor2d(Float32Array.from(normals([3, 4], 8)), [2, 4]);
const token = (index: number): tf.Tensor3D => known().slice([0, index, 0], [-1, 1, -1]);

describe.each(Object.entries(tinyNetworks))('%s between segments', (name, networkOf) => {
  let tiny: TinyForecaster;
  let network: SegmentNetwork;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    tiny = await tinyForecaster(name, 1n);
    network = networkOf(tiny.params);
  });

  it('remembers what it would read at once', async () => {
    const model = segmentSequence(network, tiny.params, tokens);

    expect(await cachedDifference(model, known(), condition())).toBeLessThanOrEqual(1e-4);
  });

  it('lets no segment depend on a later one, and every other matter', async () => {
    const model = segmentSequence(network, tiny.params, tokens);

    const { leak, effect } = await causality(model, latents(), condition());

    expect(leak).toBe(0);
    expect(effect).toBeGreaterThan(1e-4);
  });

  it('goes on independently from a fork', async () => {
    const memory = network.open({ rows: 2, capacity: tokens });
    memory.extend(token(0));
    const ahead = memory.fork();
    ahead.extend(token(2));

    const [after, otherwise] = [memory.extend(token(1)), ahead.extend(token(1))];

    const whole = network.forward(known()).slice([0, 1, 0], [-1, 1, -1]);
    expect(largestDifference(await after.data(), await whole.data())).toBeLessThan(1e-5);
    expect(largestDifference(await after.data(), await otherwise.data())).toBeGreaterThan(1e-4);
    memory.dispose();
    ahead.dispose();
  });
});
