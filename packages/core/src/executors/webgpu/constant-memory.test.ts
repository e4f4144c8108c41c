import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../decode/decode.ts';
import type { Executor } from '../../decode/executor.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { rasterCondition, rasterModel } from '../raster-model.test-support.ts';
import { collectGarbage, memoryUse } from '../../testing/memory-use.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { openNullDevice } from './gpu.test-support.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('1,000 generations by the webgpu executor', () => {
  it('leave as many buffers and tensors, and as much memory, as 300', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const executor = await webgpuExecutor(model, { device });
    const usage = async () => ({ ...(await memoryUse()), buffers: counts.buffers });
    await generate(300, model, executor);
    const before = await usage();

    await generate(700, model, executor);

    const after = await usage();
    expect(after.buffers).toBe(before.buffers);
    expect(after.tensors).toBe(before.tensors);
    expect(after.held).toBeLessThan(before.held * 1.03);
    expect(after.process).toBeLessThan(before.process * 1.05);
    executor.dispose();
    dispose();
  });
});

async function generate(times: number, model: SequenceModel, executor: Executor): Promise<void> {
  for (let time = 0; time < times; time++) {
    const condition = rasterCondition(1);
    const seeds = [BigInt(time)];
    for await (const _ of decode(model, { seeds, condition, executor }));
    condition.dispose();
    if (time % 50 === 49) collectGarbage();
  }
}
