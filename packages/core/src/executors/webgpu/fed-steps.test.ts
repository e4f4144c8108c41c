import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { decode } from '../../decode/decode.ts';
import type { FedNetwork, Network } from '../../program/network.ts';
import { operationCount } from '../../program/program-listing.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { expectNoTensorLeak } from '../../testing/tensor-checks.ts';
import { cpuSupports } from '../cpu/supports.ts';
import {
  editOptions,
  rasterCondition,
  rasterModel,
  tokensOf,
} from '../raster-model.test-support.ts';
import { scaleCondition, scaleModel } from '../scale-model.test-support.ts';
import { countingDevice } from './counting-device.test-support.ts';
import { hasAdapter, openDevice, openNullDevice } from './gpu.test-support.ts';
import { listWebgpuProgram } from './list-program.ts';
import { webgpuSupports } from './supports.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });
beforeAll(() => tf.setBackend('cpu'));

describe.skipIf(!hasAdapter)('steps that the recipe feeds (needs a WebGPU adapter)', () => {
  it('draws the tokens of the reference with guidance, filters and given ids', async () => {
    const { model, dispose } = rasterModel();
    const own = fed(model);
    const device = (await openDevice()) as GPUDevice;
    const executor = await webgpuExecutor(own, { device });

    const tokens = await tokensOf(own, { ...editOptions, executor });

    expect(tokens).toEqual(await tokensOf(model, editOptions));
    executor.dispose();
    dispose();
  });

  it('draws the tokens of the reference where steps have other numbers of positions', async () => {
    const { model, dispose } = scaleModel();
    const own = fed(model);
    const device = (await openDevice()) as GPUDevice;
    const executor = await webgpuExecutor(own, { device });
    const options = { guidanceScaleAt: (step: number) => 1 + step, condition: scaleCondition(4) };

    const tokens = await tokensOf(own, { ...options, executor });

    expect(tokens).toEqual(await tokensOf(model, options));
    options.condition.dispose();
    executor.dispose();
    dispose();
  });
});

describe.skipIf(!hasAdapter)(
  'rows that tfjs makes on the same device (needs a WebGPU adapter)',
  () => {
    it('go from buffer to buffer', async () => {
      const { model, dispose } = rasterModel();
      const device = (await openDevice()) as GPUDevice;
      const expected = await tokensOf(model, {});
      const { reads, restore } = pretendDevice(device);
      const own = fed(model);
      const executor = await webgpuExecutor(own, { device });

      const tokens = await tokensOf(own, { executor });

      restore();
      expect(tokens).toEqual(expected);
      // One a step; on the host nothing of them is read.
      expect(reads).toEqual({ device: 6, host: 0 });
      executor.dispose();
      dispose();
    });

    it('come by the host where they are not on the device', async () => {
      const { model, dispose } = rasterModel();
      const device = (await openDevice()) as GPUDevice;
      const { reads, restore } = pretendDevice(device, false);
      const own = fed(model);
      const executor = await webgpuExecutor(own, { device });

      const tokens = await tokensOf(own, { executor });

      restore();
      expect(tokens).toEqual(await tokensOf(model, {}));
      expect(reads).toEqual({ device: 6, host: 6 });
      executor.dispose();
      dispose();
    });
  },
);

/** Makes the active engine look as if it computed on a device, whose buffers it copies tensors to if they are there. */
function pretendDevice(device: GPUDevice, isThere = true) {
  const reads = { device: 0, host: 0 };
  const engine = tf.backend();
  const read = engine.read.bind(engine);
  const added = {
    device,
    readToGPU(dataId: object) {
      reads.device++;
      if (!isThere) throw new Error('Data is not on GPU but on CPU.');
      const values = engine.readSync(dataId) as Float32Array<ArrayBuffer>;
      const buffer = device.createBuffer({ size: values.byteLength, usage: 0x4 | 0x8 });
      device.queue.writeBuffer(buffer, 0, values);
      return { tensorRef: tf.scalar(0), buffer };
    },
    read(dataId: object) {
      // Rows of a step are 2 x 16 values; weights and conditions are others.
      if (engine.readSync(dataId).length === 32) reads.host++;
      return read(dataId);
    },
  };
  Object.assign(engine, added);
  const restore = () => {
    for (const name of Object.keys(added)) Reflect.deleteProperty(engine, name);
  };
  return { reads, restore };
}

// Dawn's null backend does everything but compute: ids that it gives mean nothing.
describe('steps that the recipe feeds on webgpu', () => {
  it('come one by one, each of the tokens before it, without a dispatch of their own', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const asked: unknown[] = [];
    const own: SequenceModel = {
      ...fed(model),
      inputs: (tokens, condition, steps) => {
        asked.push([tokens.shape[1], steps.from, steps.to]);
        return model.inputs(tf.zerosLike(tokens), condition, steps);
      },
    };
    const condition = rasterCondition(2);
    const executor = await webgpuExecutor(own, { device });
    const made: number[] = [];
    await expectNoTensorLeak(async () => {
      for await (const _ of decode(own, { seeds: [1n, 2n], condition, executor })) {
        made.push(counts.made);
      }
    });

    expect(asked).toEqual([0, 1, 2, 3, 4, 5].map((step) => [step, step, step + 1]));
    expect(counts.encoders).toBe(6);
    expect(counts.dispatches).toBe(6 * (5 * 2 + 2));
    expect(new Set(made).size).toBe(1);
    expect(listWebgpuProgram(own).steps.map(operationCount)).toEqual(Array(6).fill(12));
    executor.dispose();
    condition.dispose();
    dispose();
  });

  it('end with what the recipe throws, and free every buffer', async () => {
    const { device, counts } = countingDevice(await openNullDevice());
    const { model, dispose } = rasterModel();
    const own: SequenceModel = {
      ...fed(model),
      inputs: (tokens, condition, steps) => {
        if (steps.from === 2) throw new RangeError('no rows for step 2');
        return model.inputs(tf.zerosLike(tokens), condition, steps);
      },
    };
    const executor = await webgpuExecutor(own, { device });

    await expect(tokensOf(own, { executor })).rejects.toThrow('no rows for step 2');
    executor.dispose();
    expect(counts.buffers).toBe(0);
    dispose();
  });

  it('are supported with the remark that each waits, and not by the cpu executor', () => {
    const { model, dispose } = rasterModel();

    expect(webgpuSupports(fed(model))).toEqual({
      isSupported: true,
      remarks: ['every step waits for the tokens before it, which tfjs makes its rows of'],
    });
    expect(webgpuSupports(model)).toEqual({ isSupported: true });
    expect(cpuSupports(fed(model))).toEqual({
      isSupported: false,
      reasons: ['its steps are fed by operations of tfjs'],
    });
    dispose();
  });
});

/** The same model, whose executors are not told what feeds its steps. */
function fed(model: SequenceModel): SequenceModel & { readonly network: FedNetwork } {
  const { parts, params, rotary, head } = model.network as Network;
  const network: FedNetwork = {
    parts,
    params,
    ...(rotary && { rotary }),
    inputs: { kind: 'recipe' },
    head,
  };
  return { ...model, network };
}
