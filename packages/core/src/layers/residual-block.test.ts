import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { mapParams } from '../params.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { initResidualBlock, residualBlock } from './residual-block.ts';

beforeAll(() => tf.setBackend('cpu'));

const x = (): tf.Tensor4D => tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]);

describe('residualBlock', () => {
  it('is its input where the second convolution gives zeros', async () => {
    const params = initResidualBlock({ inChannels: 2, outChannels: 2 }, initializer([1, 1]));
    const zeroed = { ...params, conv2: mapParams(params.conv2, (weight) => tf.zerosLike(weight)) };

    expect(params.shortcut).toBeUndefined();
    await expectAllClose(residualBlock(zeroed, x(), { groups: 2 }), [1, 2, 3, 4, 5, 6, 7, 8], 0);
  });

  it('where the width changes is its 1 x 1 shortcut then', async () => {
    const params = initResidualBlock({ inChannels: 2, outChannels: 1 }, initializer([1, 1]));
    const shortcut = {
      weight: tf.tensor4d([1, 10], [1, 1, 2, 1]),
      bias: tf.tensor1d([100]),
    };
    const conv2 = mapParams(params.conv2, (weight) => tf.zerosLike(weight));

    const y = residualBlock({ ...params, conv2, shortcut }, x(), { groups: 1 });

    await expectAllClose(y, [121, 143, 165, 187], 1e-4);
  });

  it('leaks no tensor', async () => {
    const params = initResidualBlock({ inChannels: 2, outChannels: 4 }, initializer([1, 1]));
    const pictures = x();

    await expectNoTensorLeak(() => residualBlock(params, pictures, { groups: 2 }).dispose());
  });
});
