import { openGpuDevice } from '@nextx/cli/webgpu';
import type { Executor, ListedStep, SequenceModel } from '@nextx/core';
import { listWebgpuProgram, persistenceOf, webgpuExecutor } from '@nextx/core/webgpu';
import type { GpuWeightFormat } from '@nextx/core/webgpu';
import type { ContestantJob, GpuProgram } from './contestant-job.ts';

/** The webgpu executor and what it does, as its own program says. */
export interface TimedExecutor {
  readonly executor: Executor;
  readonly gpu: GpuProgram;
  /** Milliseconds that the host spent recording commands so far. */
  readonly encodeMs: () => number;
  /** Frees the device. */
  readonly close: () => void;
}

/** Opens the webgpu executor on a device whose recording is timed. */
export async function openTimedExecutor(
  model: Pick<SequenceModel, 'network' | 'plan'>,
  { batch, network }: Pick<ContestantJob, 'batch' | 'network'>,
  format: GpuWeightFormat,
): Promise<TimedExecutor> {
  const { device, adapter, close } = await openGpuDevice();
  const executor = await webgpuExecutor(model, { device, format });
  const options = {
    format,
    items: batch,
    isGuided: network.guidanceScale !== 1,
    bindingBytes: device.limits.maxStorageBufferBindingSize,
  };
  const persistence = persistenceOf({ device }, network.width);
  const { steps, totalBytes } = listWebgpuProgram(model, {
    ...options,
    ...(persistence && { persistence }),
  });
  const count = (program: readonly ListedStep[]): number =>
    sum(program.flatMap(({ operations }) => Object.values(operations)));
  const bytes = steps.map(({ weightBytes, cacheBytes }) => weightBytes + cacheBytes);
  return {
    executor,
    gpu: {
      adapter,
      steps: steps.length,
      dispatches: count(steps),
      operations: count(listWebgpuProgram(model, options).steps),
      bytesRead: sum(bytes),
      memoryBytes: totalBytes,
    },
    encodeMs: timeRecording(device),
    close,
  };
}

/** Times what lies between an encoder's creation and its end. */
function timeRecording(device: GPUDevice): () => number {
  let total = 0;
  const create = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = () => {
    const since = performance.now();
    const encoder = create();
    const finish = encoder.finish.bind(encoder);
    encoder.finish = () => {
      const commands = finish();
      total += performance.now() - since;
      return commands;
    };
    return encoder;
  };
  return () => total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
