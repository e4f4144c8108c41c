import type { Support } from '../../decode/executor.ts';
import { isDenoised } from '../../program/network.ts';
import type { AnyNetwork } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { networkSupport } from '../network-support.ts';

/** Whether the cpu executor runs a model, and everything that speaks against it. */
export function cpuSupports(model: Pick<SequenceModel, 'network' | 'plan' | 'prefix'>): Support {
  return networkSupport(model, inputReasons);
}

function inputReasons(network: AnyNetwork, positions: readonly number[]): string[] {
  if (isDenoised(network)) return ['its backbone denoises the latents of a step'];
  const { kind } = network.inputs;
  if (kind === 'recipe') return ['its steps are fed by operations of tfjs'];
  return kind !== 'scale' && positions.some((count) => count > 1)
    ? ['a step of several positions is fed by the tokens of the step before']
    : [];
}
