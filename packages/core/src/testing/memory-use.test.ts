import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryUse } from './memory-use.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('memoryUse', () => {
  it('counts tensors, and the bytes of a buffer as long as it is held', async () => {
    const before = await memoryUse();
    const tensor = tf.scalar(1);
    let buffer: ArrayBuffer | undefined = new ArrayBuffer(100e6);

    const during = await memoryUse();
    expect(buffer.byteLength).toBe(100e6);
    buffer = undefined;
    tensor.dispose();
    const after = await memoryUse();

    expect(during.tensors).toBe(before.tensors + 1);
    expect(after.tensors).toBe(before.tensors);
    expect(Math.abs(during.held - before.held - 100e6)).toBeLessThan(5e6);
    expect(Math.abs(after.held - before.held)).toBeLessThan(5e6);
  });
});
