import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { OptionError, ResourceError } from '../errors.ts';
import { expectNoTensorLeak } from '../testing/tensor-checks.ts';
import { KvCache } from './kv-cache.ts';

beforeAll(() => tf.setBackend('cpu'));

const options = { layers: 1, batch: 1, keyValueHeads: 1, headSize: 2, capacity: 4 };
const rows = (...values: number[]): tf.Tensor4D =>
  tf.tensor4d(values, [1, 1, values.length / 2, 2]);

function append(cache: KvCache, values: tf.Tensor4D): void {
  for (let layer = 0; layer < cache.options.layers; layer++) cache.write(layer, values, values);
  cache.commit(values.shape[2]);
}

function contents(cache: KvCache): number[] {
  const { keys } = cache.seen(0, rows(0, 0), rows(0, 0));
  return [...keys.dataSync()].slice(0, -2);
}

describe('KvCache', () => {
  it('counts the bytes of keys and values of all layers for the whole capacity', () => {
    const cache = new KvCache({ layers: 3, batch: 2, keyValueHeads: 5, headSize: 8, capacity: 7 });

    expect(cache.bytes).toBe(2 * 3 * 2 * 5 * 7 * 8 * 4);
    expect(cache.length).toBe(0);
  });

  it('shows new rows behind those filled before, and writes nothing by showing', () => {
    const cache = new KvCache(options);
    append(cache, rows(1, 2));

    const { keys, values } = cache.seen(0, rows(3, 4), rows(5, 6));

    expect([...keys.dataSync()]).toEqual([1, 2, 3, 4]);
    expect([...values.dataSync()]).toEqual([1, 2, 5, 6]);
    expect(contents(cache)).toEqual([1, 2]);
  });

  it('fills up to its capacity and refuses more, saying how much is needed', () => {
    const cache = new KvCache(options);
    append(cache, rows(1, 2, 3, 4, 5, 6));
    append(cache, rows(7, 8));

    expect(cache.length).toBe(4);
    expect(() => cache.seen(0, rows(9, 9), rows(9, 9))).toThrow(
      /1 rows must fit behind the 4 that fill a capacity of 4\. .* at least 5\./,
    );
    expect(() => cache.seen(0, rows(9, 9), rows(9, 9))).toThrow(OptionError);
  });

  it('forgets what was truncated and goes on from there', () => {
    const cache = new KvCache(options);
    append(cache, rows(1, 2, 3, 4, 5, 6));

    cache.truncate(1);
    append(cache, rows(7, 8));

    expect(contents(cache)).toEqual([1, 2, 7, 8]);
  });

  it.each([[-1], [3], [0.5], [NaN]])('refuses to truncate to %f of 2', (length) => {
    const cache = new KvCache(options);
    append(cache, rows(1, 2, 3, 4));

    expect(() => cache.truncate(length)).toThrow(OptionError);
    expect(cache.length).toBe(2);
  });

  it('forks into two that go on independently', () => {
    const cache = new KvCache(options);
    append(cache, rows(1, 2));

    const fork = cache.fork();
    append(cache, rows(3, 4));
    append(fork, rows(5, 6));
    cache.dispose();

    expect(contents(fork)).toEqual([1, 2, 5, 6]);
  });

  it('frees all its tensors once, and refuses to be used afterwards', async () => {
    const values = rows(1, 2);
    await expectNoTensorLeak(() => {
      const cache = new KvCache(options);
      append(cache, values);
      cache.fork().dispose();
      cache.dispose();
      cache.dispose();

      expect(() => cache.seen(0, values, values)).toThrow(ResourceError);
      expect(() => cache.fork()).toThrow(/must not be used after dispose/);
    });
  });
});
