import { initializer } from '@nextx/core';
import { expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initMultiScale } from './multi-scale-quantizer.ts';
import { restartCodes } from './restart-codes.ts';

const options = {
  sides: [2],
  codebookSize: 4,
  latentChannels: 1,
  sharedConvolutions: 1,
  residualRatio: 0,
  commitment: 0.25,
};

function params(codes: number[]) {
  return { ...initMultiScale(options, initializer([0, 0])), codebook: tf.tensor2d(codes, [4, 1]) };
}

const latents = () => tf.tensor4d([0.1, 0.2, 0.9, 1.1], [1, 2, 2, 1]);

beforeAll(() => tf.setBackend('cpu'));

describe('restartCodes', () => {
  it('keeps the codes that are used and moves the others to latents', async () => {
    const codebook = await restartCodes(params([0, 50, 1, -50]), latents(), {
      options,
      key: [1, 2],
    }).data();

    expect([codebook[0], codebook[2]]).toEqual([0, 1]);
    for (const moved of [codebook[1], codebook[3]]) {
      const nearest = Math.min(...[0.1, 0.2, 0.9, 1.1].map((value) => Math.abs(value - moved)));
      expect(nearest).toBeLessThan(1e-6);
    }
    expect(codebook[1]).not.toBe(codebook[3]);
  });

  it('changes nothing where all codes are used', async () => {
    const codebook = await restartCodes(params([0.1, 0.2, 0.9, 1.1]), latents(), {
      options,
      key: [1, 2],
    }).data();

    expect(codebook).toEqual(Float32Array.of(0.1, 0.2, 0.9, 1.1));
  });

  it('leaks no tensor inside of tidy', async () => {
    const [weights, maps] = [params([0, 50, 1, -50]), latents()];

    await expectNoTensorLeak(() =>
      tf.tidy(() => restartCodes(weights, maps, { options, key: [1, 2] })).dispose(),
    );
  });
});
