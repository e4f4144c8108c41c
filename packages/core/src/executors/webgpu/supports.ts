import type { Support } from '../../decode/executor.ts';
import { isDenoised } from '../../program/network.ts';
import type { AnyNetwork } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { networkSupport } from '../network-support.ts';

/** Largest head: a lane holds four of its values. */
const largestHead = 256;

/** Whether the webgpu executor runs a model, and everything that speaks against it. */
export function webgpuSupports(model: Pick<SequenceModel, 'network' | 'plan' | 'prefix'>): Support {
  const support = networkSupport(model, (network, positions) => [
    ...headReasons(network),
    ...inputReasons(network, positions),
  ]);
  return support.isSupported && model.network?.inputs.kind === 'recipe'
    ? {
        ...support,
        remarks: ['every step waits for the tokens before it, which tfjs makes its rows of'],
      }
    : support;
}

function headReasons({ parts: { attention } }: AnyNetwork): string[] {
  return attention.headSize > largestHead
    ? [`its head size must be at most ${largestHead}, it is ${attention.headSize}`]
    : [];
}

function inputReasons(network: AnyNetwork, positions: readonly number[]): string[] {
  if (isDenoised(network)) {
    return network.parts.modulation === undefined
      ? ['its backbone denoises latents and has no norms for the time to modulate']
      : [];
  }
  const { kind } = network.inputs;
  const isUneven = new Set(positions).size > 1;
  return (kind === 'token' || kind === 'latent') && isUneven
    ? ['a step is fed by the tokens of the step before, and has another number of positions']
    : [];
}
