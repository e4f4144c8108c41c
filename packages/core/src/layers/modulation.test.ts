import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initializer } from '../initializer.ts';
import { namedParams } from '../params.ts';
import { expectAllClose, expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { adaLayerNorm, modulate, sharedAdaLayerNorm } from './modulation.ts';

beforeAll(() => tf.setBackend('cpu'));

/** silu(x) = 1 at this x, so that projections show as they are. */
const unit = 1.27846454276;
const condition = tf.tensor2d([unit], [1, 1]);
const six = { weight: tf.tensor2d([1, 2, 3, 4, 5, 6], [1, 6]) };
const two = { weight: tf.tensor2d([7, 8], [1, 2]) };

describe('modulate', () => {
  it('is x (1 + scale) + shift', async () => {
    const [scale, shift] = [tf.tensor3d([2], [1, 1, 1]), tf.tensor3d([5], [1, 1, 1])];

    await expectAllClose(modulate(tf.tensor3d([1, 2], [1, 2, 1]), { scale, shift }), [8, 11], 1e-6);
  });
});

describe('adaLayerNorm', () => {
  it('projects silu(condition) to gates, scales and shifts in the order of VAR', async () => {
    const { blocks, final } = adaLayerNorm().apply(
      { blocks: [{ projection: six }], final: two },
      condition,
    );

    const [{ attention, mlp }] = blocks;
    const order = [
      attention.gate,
      mlp.gate,
      attention.scale,
      mlp.scale,
      attention.shift,
      mlp.shift,
    ];
    await expectAllClose(
      tf.concat(order.map((tensor) => tensor.reshape([1]))),
      [1, 2, 3, 4, 5, 6],
      1e-5,
    );
    await expectAllClose(tf.concat([final.scale, final.shift]).reshape([2]), [7, 8], 1e-5);
    expect(attention.gate.shape).toEqual([1, 1, 1]);
  });

  it('leaks nothing but its vectors', async () => {
    const part = adaLayerNorm();
    const params = part.init({ width: 1, blocks: 2 }, initializer([1, 1]));

    await expectNoTensorLeak(() => tf.dispose(part.apply(params, condition)));
  });
});

describe('sharedAdaLayerNorm', () => {
  it('adds the offset of each block to one projection', async () => {
    const offsets = [10, 20].map((value) => ({ offset: tf.fill([6], value) }));

    const { blocks } = sharedAdaLayerNorm().apply(
      { shared: six, blocks: offsets, final: two },
      condition,
    );

    await expectAllClose(blocks[0].attention.gate, [11], 1e-5);
    await expectAllClose(blocks[1].mlp.shift, [26], 1e-5);
  });

  it('has one projection for all blocks', () => {
    const params = sharedAdaLayerNorm().init({ width: 2, blocks: 2 }, initializer([1, 1]));

    expect(namedParams(params).map(([path]) => path)).toEqual([
      'shared.weight',
      'shared.bias',
      'blocks.0.offset',
      'blocks.1.offset',
      'final.weight',
      'final.bias',
    ]);
  });
});
