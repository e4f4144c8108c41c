import type { Initializer, ParamTree, SequenceModel } from '@nextx/core';
import {
  initMultiScaleVq,
  initVqgan,
  llamaGenRecipe,
  multiScaleVq,
  varRecipe,
  vqgan,
} from '@nextx/image';
import type {
  ImageSequenceModel,
  ImageTokenizer,
  LlamaGenOptions,
  LlamaGenParams,
  MultiScaleVqOptions,
  MultiScaleVqParams,
  VarOptions,
  VarParams,
  VqganOptions,
  VqganParams,
} from '@nextx/image';
import { imageSize } from './bench-network.ts';
import { bindFlow, initFlow } from './flow-network.ts';
import type { FlowParams } from './flow-network.ts';
import type { BenchNetwork } from './bench-network.ts';

/** Weights of a network and of its tokenizer. */
export type NetworkParams = {
  model: ParamTree;
  tokenizer: ParamTree;
  /** Of a raster network that draws latents. */
  flow?: FlowParams;
};

/** A network bound to its weights through the public API. */
export interface NetworkModel {
  readonly model: SequenceModel & Pick<ImageSequenceModel, 'condition'>;
  readonly tokenizer: ImageTokenizer;
}

/** Initial weights. */
export function initNetwork(network: BenchNetwork, initializer: Initializer): NetworkParams {
  if (network.recipe === 'var') {
    const tokenizer = initMultiScaleVq(multiScaleOptions(network), initializer);
    const bound = multiScaleVq(multiScaleOptions(network), tokenizer);
    return { tokenizer, model: varRecipe.init(varOptions(network), bound, initializer) };
  }
  const tokenizer = initVqgan(vqganOptions(network), initializer);
  const bound = vqgan(vqganOptions(network), tokenizer);
  return {
    tokenizer,
    model: llamaGenRecipe.init(llamaGenOptions(network), bound, initializer),
    ...(network.recipe === 'flow' && { flow: initFlow(network, initializer) }),
  };
}

/** The network with the given weights, which it borrows. */
export function bindNetwork(network: BenchNetwork, params: NetworkParams): NetworkModel {
  // The trees have the form that `initNetwork` gave them.
  if (network.recipe === 'var') {
    const tokenizer = multiScaleVq(
      multiScaleOptions(network),
      params.tokenizer as MultiScaleVqParams,
    );
    const model = varRecipe.bind(varOptions(network), params.model as VarParams, tokenizer);
    return { model, tokenizer };
  }
  const tokenizer = vqgan(vqganOptions(network), params.tokenizer as VqganParams);
  const options = llamaGenOptions(network);
  const model = llamaGenRecipe.bind(options, params.model as LlamaGenParams, tokenizer);
  const { flow } = params;
  return { model: flow === undefined ? model : bindFlow(network, flow, model), tokenizer };
}

/** Where the official checkpoints, whose names the peers read, hold the weights of the transformer. */
export function modelRules(
  network: BenchNetwork,
  { model }: NetworkParams,
): ReturnType<typeof varRecipe.importRules> {
  return network.recipe === 'var'
    ? varRecipe.importRules(varOptions(network), model as VarParams)
    : llamaGenRecipe.importRules(llamaGenOptions(network), model as LlamaGenParams);
}

function varOptions({ depth, width, heads, classes }: BenchNetwork): VarOptions {
  // Gates near zero would hide what the blocks compute.
  return { depth, width, heads, classes, gateInit: 1 };
}

function llamaGenOptions({ depth, width, heads, classes }: BenchNetwork): LlamaGenOptions {
  return { depth, width, heads, classes };
}

function multiScaleOptions(network: BenchNetwork): MultiScaleVqOptions {
  return {
    ...coderOptions(network),
    sides: network.sides,
    sharedConvolutions: network.sharedConvolutions,
  };
}

function vqganOptions(network: BenchNetwork): VqganOptions {
  return { ...coderOptions(network), latentChannels: 2 * network.tokenizerChannels };
}

function coderOptions(network: BenchNetwork): VqganOptions & MultiScaleVqOptions {
  return {
    imageSize: imageSize(network),
    channels: network.tokenizerChannels,
    groups: Math.min(32, network.tokenizerChannels),
    multipliers: network.multipliers,
    codebookSize: network.vocabularySize,
  };
}
