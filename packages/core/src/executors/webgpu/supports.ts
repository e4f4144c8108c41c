import type { Support } from '../../decode/executor.ts';
import { geluErf, geluTanh, silu } from '../../layers/activation.ts';
import type { Activation } from '../../layers/activation.ts';
import { stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Network } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';

/** Largest head: a lane holds four of its values. */
const largestHead = 256;

/** Whether the webgpu executor runs a model, and everything that speaks against it. */
export function webgpuSupports({
  network,
  plan,
}: Pick<SequenceModel, 'network' | 'plan'>): Support {
  if (network === undefined) {
    return { isSupported: false, reasons: ['the recipe does not describe its network as data'] };
  }
  const reasons = [...formReasons(network), ...sizeReasons(network), ...planReasons(plan, network)];
  return reasons.length === 0 ? { isSupported: true } : { isSupported: false, reasons };
}

/** Numbers of the activations, as `activate.wgsl.ts` has them. */
export function activationNumber(activation: Activation): number | undefined {
  const number = [geluTanh, geluErf, silu].indexOf(activation);
  return number < 0 ? undefined : number + 1;
}

function formReasons({ parts }: Network): string[] {
  const { norm, mlp, attention } = parts;
  return [
    ...(norm.form === undefined ? ['its norm is of no known form'] : []),
    ...(attention.scaling.form === undefined ? ['its attention scales by no known form'] : []),
    ...(mlp.form === undefined ? ['its mlp is of no known form'] : []),
    ...(mlp.form !== undefined && activationNumber(mlp.form.activation) === undefined
      ? ['its activation is none of geluTanh, geluErf and silu']
      : []),
  ];
}

function sizeReasons({ parts, inputs }: Network): string[] {
  const { headSize } = parts.attention;
  const sizes = new Map([
    ['width', parts.width],
    ['head size', headSize],
    ['hidden size', parts.mlp.form?.hidden ?? 4],
    ['latent channels', inputs.kind === 'scale' ? inputs.codebook.shape[1] : 4],
  ]);
  return [
    ...[...sizes]
      .filter(([, size]) => size % 4 !== 0)
      .map(([name, size]) => `its ${name} must be a multiple of 4, it is ${size}`),
    ...(headSize > largestHead
      ? [`its head size must be at most ${largestHead}, it is ${headSize}`]
      : []),
  ];
}

function planReasons(plan: Plan, { inputs }: Network): string[] {
  const isSingle = Array.from({ length: stepCount(plan) }, (_, step) =>
    stepRange(plan, step),
  ).every(({ start, end }) => end - start === 1);
  return [
    ...(plan.visibility.kind === 'full' ? ['its positions see later steps'] : []),
    ...(inputs.kind === 'token' && !isSingle
      ? ['a step of several positions is fed by the token before each']
      : []),
  ];
}
