import { decode } from '../../decode/decode.ts';
import type { DecodeOptions } from '../../decode/executor.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import type { WebgpuExecutorOptions } from './executor-options.ts';
import { webgpuExecutor } from './webgpu-executor.ts';

/** One generation of two items by a new executor. */
export async function runOnce(
  model: SequenceModel,
  how: WebgpuExecutorOptions,
  options: Pick<DecodeOptions, 'condition' | 'sampling'>,
): Promise<void> {
  const executor = await webgpuExecutor(model, how);
  try {
    for await (const _ of decode(model, { ...options, seeds: [1n, 2n], executor }));
  } finally {
    executor.dispose();
  }
}
