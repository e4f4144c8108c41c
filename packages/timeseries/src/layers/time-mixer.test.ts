import { disposeParams, initializer, mapParams } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initMixerLayer, mixerLayer, mixFeatures, mixPatches } from './time-mixer.ts';

beforeAll(() => tf.setBackend('cpu'));

const sizes = { patches: 3, width: 4, expansion: 2 };
const random = (shape: number[], key = 1): tf.Tensor3D =>
  initializer([key, 0]).normal(shape, 1) as tf.Tensor3D;

describe('a mixer', () => {
  it('adds to the stream what its mlp gives, by even shares where the gate is silent', async () => {
    const { features } = initMixerLayer(sizes, initializer([1, 1]));
    const bias = tf.tensor1d([4, 8, 12, 16]);
    const constant = {
      ...features,
      down: { weight: tf.zerosLike(features.down.weight), bias },
      gate: { weight: tf.zerosLike(features.gate.weight) },
    };
    const x = random([1, 1, 4]);

    const mixed = mixFeatures(constant, x);

    await expectAllClose(mixed.sub(x), [1, 2, 3, 4], 1e-5);
  });

  it('along patches is the one along features of what is turned, but for its norm', async () => {
    const { patches } = initMixerLayer({ ...sizes, patches: 4, width: 4 }, initializer([1, 1]));
    const params = mapParams(patches as NonNullable<typeof patches>, (weight, path) =>
      weight.rank === 2 ? random(weight.shape, path.length) : weight,
    );
    // Rows and columns of mean 0 and variance 1, which the norm leaves.
    const x = tf.tensor3d([1, 1, -1, -1, 1, -1, 1, -1, -1, 1, -1, 1, -1, -1, 1, 1], [1, 4, 4]);

    const turned = mixFeatures(params, x.transpose([0, 2, 1]));

    await expectAllClose(mixPatches(params, x).transpose([0, 2, 1]), await turned.data(), 1e-3);
  });

  it('is left out along patches where there is one', () => {
    const params = initMixerLayer({ ...sizes, patches: 1 }, initializer([1, 1]));

    expect(Object.keys(params)).toEqual(['features']);
    expect(mixerLayer(params, random([2, 1, 4])).shape).toEqual([2, 1, 4]);
  });

  it('along variates mixes the rows of a sample only', async () => {
    const layer = initMixerLayer({ ...sizes, variates: 2 }, initializer([1, 1]));
    const params = mapParams(layer, (weight, path) =>
      weight.rank === 2 ? random(weight.shape, path.length) : weight,
    );
    const x = random([4, 3, 4]);

    const both = mixerLayer(params, x);

    const second = mixerLayer(params, x.slice([2, 0, 0], [2, 3, 4]));
    await expectAllClose(both.slice([2, 0, 0]), await second.data(), 1e-5);
  });

  it('frees everything but its results', async () => {
    const params = initMixerLayer({ ...sizes, variates: 2 }, initializer([1, 1]));
    const x = random([2, 3, 4]);
    await expectNoTensorLeak(() => {
      mixerLayer(params, x, { rate: 0.5, key: [1, 1] }).dispose();
      mixFeatures(params.features, x).dispose();
      disposeParams(initMixerLayer(sizes, initializer([1, 1])));
    });
  });
});
