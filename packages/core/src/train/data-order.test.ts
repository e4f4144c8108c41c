import { describe, expect, it } from 'vitest';
import { permutation } from '../random/permutation.ts';
import { foldIn } from '../random/threefry.ts';
import { dataOrder } from './data-order.ts';

describe('dataOrder', () => {
  it('visits every sample once an epoch, each epoch in its own order', () => {
    const order = dataOrder([1, 2], 7);

    const epochs = [0, 1].map((epoch) => [...order(7 * epoch, 7)]);

    expect([...epochs[0]].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...epochs[1]].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[1]).toEqual([...permutation(foldIn([1, 2], 1), 7)]);
  });

  it('knows any batch without those before, also across epochs', () => {
    const all = [...dataOrder([1, 2], 5)(0, 20)];

    expect([...dataOrder([1, 2], 5)(8, 4)]).toEqual(all.slice(8, 12));
  });

  it('repeats the samples of a set smaller than a batch', () => {
    expect([...dataOrder([1, 2], 1)(0, 3)]).toEqual([0, 0, 0]);
  });
});
