import type { Support } from '../../decode/executor.ts';
import { UnsupportedError } from '../../errors.ts';
import type { Network, NetworkHead } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { networkSupport } from '../network-support.ts';

/** Largest head: a lane holds four of its values. */
const largestHead = 256;

/** Whether the webgpu executor runs a model, and everything that speaks against it. */
export function webgpuSupports(model: Pick<SequenceModel, 'network' | 'plan' | 'prefix'>): Support {
  return networkSupport(model, ({ parts: { attention }, head }) => [
    ...(attention.headSize > largestHead
      ? [`its head size must be at most ${largestHead}, it is ${attention.headSize}`]
      : []),
    ...(head.kind === 'categorical' ? [] : ['its tokens are latents']),
  ]);
}

/** The head of a network that `webgpuSupports` takes. */
export function categoricalHead({
  head,
}: Pick<Network, 'head'>): Extract<NetworkHead, { kind: 'categorical' }> {
  if (head.kind === 'categorical') return head;
  throw new UnsupportedError(
    `webgpu executor: the head must be categorical, got ${head.kind}. Use the cpu or the reference executor.`,
  );
}
