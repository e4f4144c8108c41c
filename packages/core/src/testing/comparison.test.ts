import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { float32Tensor } from '../io/host-tensor.ts';
import type { HostTensor } from '../io/host-tensor.ts';
import { comparison } from './comparison.ts';

beforeAll(() => tf.setBackend('cpu'));

const ids: HostTensor = { dtype: 'I32', shape: [2], data: Int32Array.of(3, 4) };
const fixture = {
  config: { tolerance: { float_abs: 0.1, float_rel: 0 } },
  io: new Map([
    ['y', float32Tensor(Float32Array.of(1, 2), [2])],
    ['ids', ids],
    ['run.grad.w', float32Tensor(Float32Array.of(3, 4), [2])],
    ['run.grad_norms', float32Tensor(Float32Array.of(5), [1])],
  ]),
  weights: () => new Map(),
  values: () => new Float32Array(),
};

describe('comparison', () => {
  it('passes within the tolerance of the fixture and fails beyond', () => {
    const { expectParity } = comparison(fixture);

    expectParity('y', [1.05, 2]);
    expect(() => expectParity('y', [1.2, 2])).toThrow('y');
    expect(() => expectParity('z', [1])).toThrow('the fixture has no "z"');
  });

  it('wants integers exactly', () => {
    const { expectIds, integers } = comparison(fixture);

    expectIds('ids', [3, 4]);
    expect(() => expectIds('ids', [3, 5])).toThrow('ids');
    expect([...integers('ids')]).toEqual([3, 4]);
  });

  it('compares gradients by name, and their norms in an order', () => {
    const { expectGradients } = comparison(fixture);
    const gradients = (value: number) =>
      new Map([['w', float32Tensor(Float32Array.of(3, value), [2])]]);

    expectGradients('run', gradients(4), ['w']);
    expect(() => expectGradients('run', gradients(5), ['w'])).toThrow('run.grad.w');
  });

  it('remembers what was compared or taken as input', async () => {
    const { seen, expectParity, tensorOf } = comparison(fixture);
    expectParity('y', [1, 2]);
    const taken = tensorOf('ids');

    expect([...seen]).toEqual(['y', 'ids']);
    expect(taken.dtype).toBe('int32');
    taken.dispose();
  });
});
