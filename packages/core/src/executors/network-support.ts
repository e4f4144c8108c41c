import type { Support } from '../decode/executor.ts';
import { UnsupportedError } from '../errors.ts';
import { geluErf, geluTanh, silu } from '../layers/activation.ts';
import type { Activation } from '../layers/activation.ts';
import { stepCount, stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { AnyNetwork, Network } from '../program/network.ts';
import type { SequenceModel } from '../sequence-model.ts';

/**
 * Whether a fused executor runs a model, and everything that speaks against it.
 *
 * @param ownReasons  What one executor adds to the reasons of all, from the network and the positions of every step.
 */
export function networkSupport(
  { network, plan, prefix }: Pick<SequenceModel, 'network' | 'plan' | 'prefix'>,
  ownReasons: (network: AnyNetwork, positions: readonly number[]) => readonly string[],
): Support {
  if (network === undefined) {
    return { isSupported: false, reasons: ['the recipe does not describe its network as data'] };
  }
  const reasons = [
    ...(prefix === undefined ? [] : ['it has rows before the first step']),
    ...formReasons(network),
    ...sizeReasons(network),
    ...ownReasons(network, positionsOfSteps(plan)),
    ...planReasons(plan, network),
  ];
  return reasons.length === 0 ? { isSupported: true } : { isSupported: false, reasons };
}

/**
 * The network of a model that an executor runs, of the kinds that its own reasons leave.
 *
 * @param where  Who asks, as a message should begin.
 * @throws {UnsupportedError} with all reasons, if it cannot run the model.
 */
export function supportedNetwork<N extends AnyNetwork = Network>(
  where: string,
  { network }: Pick<SequenceModel, 'network'>,
  support: Support,
): N {
  // Who supports a model supports the kind of its network.
  if (support.isSupported && network !== undefined) return network as N;
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

function formReasons({ parts, params }: AnyNetwork): string[] {
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

function sizeReasons({ parts, inputs, head }: AnyNetwork): string[] {
  const sizes = new Map([
    ['width', parts.width],
    ['head size', parts.attention.headSize],
    ['hidden size', parts.mlp.form?.hidden ?? 4],
    ['latent channels', latentChannels(inputs) ?? 4],
    ['flow width', head.kind === 'flow' ? head.mlp.input.weight.shape[1] : 4],
    ['drawn latent', drawnChannels(head) ?? 4],
  ]);
  return [...sizes]
    .filter(([, size]) => size % 4 !== 0)
    .map(([name, size]) => `its ${name} must be a multiple of 4, it is ${size}`);
}

/** Values of a latent that feeds a step; none where ids do. */
export function latentChannels(inputs: AnyNetwork['inputs']): number | undefined {
  if (inputs.kind === 'token' || inputs.kind === 'recipe') return undefined;
  return inputs.kind === 'scale' ? inputs.codebook.shape[1] : inputs.embedding.weight.shape[0];
}

/** Values of a latent that the head draws; none where it draws ids. */
function drawnChannels(head: AnyNetwork['head']): number | undefined {
  if (head.kind === 'categorical') return undefined;
  return head.kind === 'flow' ? head.mlp.input.weight.shape[0] : head.velocity.weight.shape[1];
}

function planReasons({ visibility }: Plan, { inputs, head }: AnyNetwork): string[] {
  const isFedByLatents = inputs.kind === 'latent' || inputs.kind === 'noisy';
  return [
    ...(inputs.kind === 'recipe' || isFedByLatents === (head.kind !== 'categorical')
      ? []
      : ['its head draws other tokens than feed its steps']),
    ...(visibility.kind === 'full' ? ['its positions see later steps'] : []),
  ];
}

/** Positions of every step. */
function positionsOfSteps(plan: Plan): number[] {
  return Array.from({ length: stepCount(plan) }, (_, step) => {
    const { start, end } = stepRange(plan, step);
    return end - start;
  });
}
