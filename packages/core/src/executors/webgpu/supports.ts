import type { Support } from '../../decode/executor.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { networkSupport } from '../network-support.ts';

/** Largest head: a lane holds four of its values. */
const largestHead = 256;

/** Whether the webgpu executor runs a model, and everything that speaks against it. */
export function webgpuSupports(model: Pick<SequenceModel, 'network' | 'plan' | 'prefix'>): Support {
  return networkSupport(model, ({ parts: { attention } }) =>
    attention.headSize > largestHead
      ? [`its head size must be at most ${largestHead}, it is ${attention.headSize}`]
      : [],
  );
}
