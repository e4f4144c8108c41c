import type { Support } from '../decode/executor.ts';
import { UnsupportedError } from '../errors.ts';
import { geluErf, geluTanh, silu } from '../layers/activation.ts';
import type { Activation } from '../layers/activation.ts';
import { stepCount, stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { Network, NetworkInputs } from '../program/network.ts';
import type { SequenceModel } from '../sequence-model.ts';

/**
 * Whether a fused executor runs a model, and everything that speaks against it.
 *
 * @param ownReasons  What one executor adds to the reasons of all.
 */
export function networkSupport(
  { network, plan, prefix }: Pick<SequenceModel, 'network' | 'plan' | 'prefix'>,
  ownReasons: (network: Network) => readonly string[] = () => [],
): Support {
  if (network === undefined) {
    return { isSupported: false, reasons: ['the recipe does not describe its network as data'] };
  }
  const reasons = [
    ...(prefix === undefined ? [] : ['it has rows before the first step']),
    ...formReasons(network),
    ...sizeReasons(network),
    ...ownReasons(network),
    ...planReasons(plan, network),
  ];
  return reasons.length === 0 ? { isSupported: true } : { isSupported: false, reasons };
}

/**
 * The network of a model that an executor runs.
 *
 * @param where  Who asks, as a message should begin.
 * @throws {UnsupportedError} with all reasons, if it cannot run the model.
 */
export function supportedNetwork(
  where: string,
  { network }: Pick<SequenceModel, 'network'>,
  support: Support,
): Network {
  if (support.isSupported && network !== undefined) return network;
  const reasons = support.isSupported ? [] : support.reasons;
  throw new UnsupportedError(
    `${where}: cannot run this model: ${reasons.join('; ')}. Use the reference executor.`,
  );
}

/** Numbers of the activations, the same in `assembly/simd.as` and `webgpu/activate.wgsl.ts`. */
export function activationNumber(activation: Activation): number | undefined {
  const number = [geluTanh, geluErf, silu].indexOf(activation);
  return number < 0 ? undefined : number + 1;
}

function formReasons({ parts, params }: Network): string[] {
  const { norm, mlp, attention, normPlacement } = parts;
  const isCosine = attention.scaling.form?.kind === 'cosine';
  const lacksFactors = params.blocks.some(({ attention: { scaling } }) => !scaling.logScale);
  return [
    ...(isCosine && lacksFactors ? ['its cosine attention has no factors'] : []),
    ...(norm.form === undefined ? ['its norm is of no known form'] : []),
    ...(normPlacement === 'after' ? ['its norms stand behind the branches'] : []),
    ...(attention.scaling.form === undefined ? ['its attention scales by no known form'] : []),
    ...(mlp.form === undefined ? ['its mlp is of no known form'] : []),
    ...(mlp.form !== undefined && activationNumber(mlp.form.activation) === undefined
      ? ['its activation is none of geluTanh, geluErf and silu']
      : []),
  ];
}

function sizeReasons({ parts, inputs, head }: Network): string[] {
  const sizes = new Map([
    ['width', parts.width],
    ['head size', parts.attention.headSize],
    ['hidden size', parts.mlp.form?.hidden ?? 4],
    ['latent channels', latentChannels(inputs) ?? 4],
    ['flow width', head.kind === 'flow' ? head.mlp.input.weight.shape[1] : 4],
    ['drawn latent', head.kind === 'flow' ? head.mlp.input.weight.shape[0] : 4],
  ]);
  return [...sizes]
    .filter(([, size]) => size % 4 !== 0)
    .map(([name, size]) => `its ${name} must be a multiple of 4, it is ${size}`);
}

/** Values of a latent that feeds a step; none where ids do. */
export function latentChannels(inputs: NetworkInputs): number | undefined {
  if (inputs.kind === 'token') return undefined;
  return inputs.kind === 'scale' ? inputs.codebook.shape[1] : inputs.embedding.weight.shape[0];
}

function planReasons(plan: Plan, { inputs, head }: Network): string[] {
  const steps = stepCount(plan);
  const isSingle = Array.from({ length: steps }, (_, step) => stepRange(plan, step)).every(
    ({ start, end }) => end - start === 1,
  );
  const isFedByLatents = inputs.kind === 'latent';
  return [
    ...(isFedByLatents === (head.kind === 'flow')
      ? []
      : ['its head draws other tokens than feed its steps']),
    ...(plan.visibility.kind === 'full' ? ['its positions see later steps'] : []),
    ...(inputs.kind !== 'scale' && !isSingle
      ? ['a step of several positions is fed by the token before each']
      : []),
  ];
}
