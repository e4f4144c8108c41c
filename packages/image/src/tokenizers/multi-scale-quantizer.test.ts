import { areaMatrix, initializer, resizeMaps } from '@nextx/core';
import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accumulateScales,
  initMultiScale,
  quantizeForTraining,
  quantizeScales,
  refinementOfScale,
} from './multi-scale-quantizer.ts';
import type { MultiScaleOptions, MultiScaleParams } from './multi-scale-quantizer.ts';

const options: MultiScaleOptions = {
  sides: [1, 2, 3],
  codebookSize: 8,
  latentChannels: 2,
  sharedConvolutions: 2,
  residualRatio: 0.5,
  commitment: 0.25,
};

function randomParams(): MultiScaleParams {
  const start = initializer([1, 2]);
  return { ...initMultiScale(options, start), codebook: start.normal([8, 2], 1) as tf.Tensor2D };
}

/** φ that changes nothing: no share of the convolution. */
const withoutRefinement: MultiScaleOptions = { ...options, residualRatio: 0 };

beforeAll(() => tf.setBackend('cpu'));

describe('refinementOfScale', () => {
  it.each([
    [10, [0, 0, 1, 1, 1, 2, 2, 3, 3, 3]],
    [4, [0, 1, 2, 3]],
    [5, [0, 1, 2, 2, 3]],
    [6, [0, 0, 1, 2, 3, 3]],
  ])(
    'gives %d scales the four convolutions that the official code gives them',
    (scales, expected) => {
      expect(refinementOfScale(scales, 4)).toEqual(expected);
    },
  );

  it('spaces other numbers of convolutions evenly, as the official code does', () => {
    expect(refinementOfScale(10, 8)).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 7]);
  });

  it('gives all scales the only convolution where there is one', () => {
    expect(refinementOfScale(3, 1)).toEqual([0, 0, 0]);
  });
});

describe('quantizeScales', () => {
  it('finds the code of a constant map at the first scale, and zero at all finer ones', async () => {
    const codebook = tf.tensor2d([
      [0, 0],
      [1, 0],
      [0, 1],
      [4, 4],
    ]);
    const params = { ...initMultiScale(withoutRefinement, initializer([0, 0])), codebook };
    const latents = tf.tile(tf.tensor4d([4, 4], [1, 1, 1, 2]), [1, 3, 3, 1]) as tf.Tensor4D;

    const ids = quantizeScales(params, latents, withoutRefinement);

    expect(await ids.data()).toEqual(
      Int32Array.from({ length: 14 }, (_, at) => (at === 0 ? 3 : 0)),
    );
    const [, , sum] = accumulateScales(params, ids, { scales: 3, options: withoutRefinement });
    await expectAllClose(sum, await latents.data(), 1e-6);
  });

  it('compares the finest scale with what the coarser ones left', async () => {
    const params = randomParams();
    const latents = tf.randomNormal([2, 3, 3, 2], 0, 1, 'float32', 7) as tf.Tensor4D;

    const ids = quantizeScales(params, latents, options);

    const [, before] = accumulateScales(params, ids, { scales: 2, options });
    const rest = tf.sub(latents, before).reshape([18, 1, 2]);
    const distances = tf.sum(tf.square(tf.sub(rest, params.codebook)), -1);
    expect(await ids.slice([0, 5], [2, 9]).data()).toEqual(await tf.argMin(distances, -1).data());
  });

  it('leaks no tensor', async () => {
    const params = randomParams();
    const latents = tf.zeros([1, 3, 3, 2]) as tf.Tensor4D;

    await expectNoTensorLeak(() => quantizeScales(params, latents, options).dispose());
  });
});

describe('accumulateScales', () => {
  it('gives the same first maps whether or not the later ones are asked for', async () => {
    const params = randomParams();
    const ids = tf.tensor2d([3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 7, 1, 0, 2], [1, 14], 'int32');

    const all = accumulateScales(params, ids, { scales: 3, options });
    const two = accumulateScales(params, ids.slice([0, 0], [1, 5]), { scales: 2, options });

    expect(all).toHaveLength(3);
    await expectAllClose(two[0], await all[0].data(), 0);
    await expectAllClose(two[1], await all[1].data(), 0);
  });

  it('sums vectors that stand for codes as it sums the codes', async () => {
    const params = randomParams();
    const ids = tf.tensor2d([3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 7, 1, 0, 2], [1, 14], 'int32');
    const vectors = tf.gather(params.codebook, ids);

    const [, , sum] = accumulateScales(params, vectors, { scales: 3, options });

    const [, , expected] = accumulateScales(params, ids, { scales: 3, options });
    await expectAllClose(sum, await expected.data(), 0);
  });

  it('spreads the one code of the first scale evenly', async () => {
    const params = randomParams();
    const ids = tf.tensor2d([3], [1, 1], 'int32');

    const [sum] = accumulateScales(params, ids, { scales: 1, options: withoutRefinement });

    const code = params.codebook.slice([3, 0], [1, 2]);
    await expectAllClose(sum, await tf.tile(code, [9, 1]).data(), 1e-6);
    const area = resizeMaps(sum, areaMatrix(3, 1));
    await expectAllClose(area, await code.data(), 1e-6);
  });
});

describe('quantizeForTraining', () => {
  it('hands the derivative of its latents on to the latents as it is', async () => {
    const params = randomParams();
    const latents = tf.randomNormal([1, 3, 3, 2], 0, 1, 'float32', 3) as tf.Tensor4D;
    const factor = tf.range(1, 19).reshape([1, 3, 3, 2]);
    const ids = quantizeScales(params, latents, options);

    const derivative = tf.grad((x) =>
      tf.sum(
        tf.mul(quantizeForTraining(params, x as tf.Tensor4D, { ids, options }).latents, factor),
      ),
    )(latents);

    await expectAllClose(derivative, await factor.data(), 1e-6);
  });

  it('averages over scales what each sum misses, one and a quarter times', async () => {
    const params = randomParams();
    const latents = tf.randomNormal([1, 3, 3, 2], 0, 1, 'float32', 3) as tf.Tensor4D;
    const ids = quantizeScales(params, latents, options);

    const { loss } = quantizeForTraining(params, latents, { ids, options });

    const sums = accumulateScales(params, ids, { scales: 3, options });
    const errors = sums.map((sum) => tf.mean(tf.square(tf.sub(sum, latents))));
    const expected = tf.addN(errors).mul(1.25 / 3);
    await expectAllClose(loss, await expected.data(), 1e-5);
  });
});
