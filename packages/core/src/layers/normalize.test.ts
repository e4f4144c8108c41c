import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { l2Normalize, rootMeanSquareNormalize, standardize } from './normalize.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Each with the same function composed of tfjs operations, whose derivative tfjs makes. */
const table: [string, (x: tf.Tensor) => tf.Tensor, (x: tf.Tensor) => tf.Tensor][] = [
  [
    'standardize',
    (x) => standardize(x, [1], 0.1),
    (x) => {
      const { mean, variance } = tf.moments(x, [1], true);
      return x.sub(mean).div(tf.sqrt(variance.add(0.1)));
    },
  ],
  [
    'rootMeanSquareNormalize',
    (x) => rootMeanSquareNormalize(x, 0.1),
    (x) => x.div(tf.sqrt(tf.mean(tf.square(x), 1, true).add(0.1))),
  ],
  ['l2Normalize', l2Normalize, (x) => x.div(tf.norm(x, 2, 1, true))],
];

describe.each(table)('%s', (_, own, composed) => {
  const x = (): tf.Tensor => initializer([4, 2]).normal([3, 5], 2);

  it('has the values of its definition', async () => {
    await expectAllClose(own(x()), await composed(x()).data(), 1e-5);
  });

  it('has the derivative of its definition', async () => {
    const weigh = initializer([4, 3]).normal([3, 5], 1);
    const slope = (of: (values: tf.Tensor) => tf.Tensor) =>
      tf.grad((values) => tf.sum(of(values).mul(weigh)))(x());

    await expectAllClose(slope(own), await slope(composed).data(), 1e-5);
  });

  it('leaks no tensor', async () => {
    const values = x();

    await expectNoTensorLeak(() => {
      own(values).dispose();
      tf.grad((y) => tf.sum(own(y)))(values).dispose();
    });
  });
});

describe('l2Normalize', () => {
  it('gives a row of zeros back as zeros', async () => {
    await expectAllClose(l2Normalize(tf.zeros([1, 3])), [0, 0, 0], 0);
  });
});
