import { expectAllClose, expectNoTensorLeak } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { channelRows, joinChannels } from './channel-rows.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Sample b, time t, variate v is 100 b + 10 t + v. */
const values = (): tf.Tensor3D =>
  tf.tensor3d([0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121], [2, 3, 2]);

describe('channelRows', () => {
  it('puts variate v of sample b into row b · V + v', async () => {
    await expectAllClose(
      channelRows(values()),
      [0, 10, 20, 1, 11, 21, 100, 110, 120, 101, 111, 121],
      0,
    );
  });

  it('is undone by joinChannels', async () => {
    const joined = joinChannels(channelRows(values()), 2);

    expect(joined.shape).toEqual([2, 3, 2]);
    await expectAllClose(joined, await values().data(), 0);
  });

  it('leaks no tensor, nor does joinChannels', async () => {
    const x = values();

    await expectNoTensorLeak(() => {
      const rows = channelRows(x);
      tf.dispose([rows, joinChannels(rows, 2)]);
    });
  });
});
