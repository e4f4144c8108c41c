import { initializer, namedParams } from '@nextx/core';
import { expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decodeLatents,
  downsampling,
  encodeImages,
  initDecoder,
  initEncoder,
} from './conv-autoencoder.ts';

const options = {
  imageChannels: 3,
  channels: 4,
  multipliers: [1, 2, 2],
  blocksPerLevel: 2,
  groups: 2,
  latentChannels: 5,
};

beforeAll(() => tf.setBackend('cpu'));

describe('encodeImages and decodeLatents', () => {
  it('halve the sides between levels and double them back', () => {
    const encoder = initEncoder(options, initializer([1, 1]));
    const decoder = initDecoder(options, initializer([1, 2]));

    const latents = encodeImages(encoder, tf.zeros([2, 8, 8, 3]), options);
    const images = decodeLatents(decoder, latents, options);

    expect(downsampling(options)).toBe(4);
    expect(latents.shape).toEqual([2, 2, 2, 5]);
    expect(images.shape).toEqual([2, 8, 8, 3]);
  });

  it('leak no tensor', async () => {
    const encoder = initEncoder(options, initializer([1, 1]));
    const decoder = initDecoder(options, initializer([1, 2]));
    const images = tf.zeros([1, 8, 8, 3]) as tf.Tensor4D;
    const latents = tf.zeros([1, 2, 2, 5]) as tf.Tensor4D;

    await expectNoTensorLeak(() => encodeImages(encoder, images, options).dispose());
    await expectNoTensorLeak(() => decodeLatents(decoder, latents, options).dispose());
  });
});

describe('initEncoder and initDecoder', () => {
  it('put attention behind every block of the lowest level only; the decoder has a block more', () => {
    const encoder = initEncoder(options, initializer([1, 1]));
    const decoder = initDecoder(options, initializer([1, 2]));

    expect(encoder.levels.map(({ blocks }) => blocks.length)).toEqual([2, 2, 2]);
    expect(encoder.levels.map(({ attentions }) => attentions.length)).toEqual([0, 0, 2]);
    expect(decoder.levels.map(({ blocks }) => blocks.length)).toEqual([3, 3, 3]);
    expect(decoder.levels.map(({ attentions }) => attentions.length)).toEqual([3, 0, 0]);
  });

  it('shorten the way around a block where the width changes, nowhere else', () => {
    const shortcuts = namedParams(initEncoder(options, initializer([1, 1])))
      .map(([path]) => path)
      .filter((path) => path.endsWith('shortcut.weight'));

    expect(shortcuts).toEqual(['levels.1.blocks.0.shortcut.weight']);
  });
});
