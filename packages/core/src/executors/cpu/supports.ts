import type { Support } from '../../decode/executor.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { networkSupport } from '../network-support.ts';

/** Whether the cpu executor runs a model, and everything that speaks against it. */
export function cpuSupports(model: Pick<SequenceModel, 'network' | 'plan' | 'prefix'>): Support {
  return networkSupport(model);
}
