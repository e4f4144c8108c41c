import { flowHead, initLinear, linear, linearRules, normRules } from '@nextx/core';
import type {
  DenoisingMlpParams,
  ImportRule,
  Initializer,
  LinearParams,
  SequenceModel,
} from '@nextx/core';
import type { ImageSequenceModel } from '@nextx/image';
import { concat, slice, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { BenchNetwork } from './bench-network.ts';

/** Weights that turn a raster transformer of ids into one of latents. */
export type FlowParams = {
  embedding: LinearParams;
  head: DenoisingMlpParams;
};

/** Values of one latent, and the head that is measured: MAR's, with the steps of rectified flow. */
const channels = 16;
const steps = 25;

const headOf = ({ width, flowWidth = width }: BenchNetwork) =>
  flowHead({ width, channels, hidden: flowWidth, blocks: 3, steps });

/** Initial weights. */
export function initFlow(network: BenchNetwork, initializer: Initializer): FlowParams {
  return {
    embedding: initLinear({ inFeatures: channels, outFeatures: network.width }, initializer),
    head: headOf(network).init(initializer),
  };
}

/** The transformer of a raster model, fed by latents that a flow head draws. */
export function bindFlow(
  benchNetwork: BenchNetwork,
  { embedding, head: mlp }: FlowParams,
  raster: ImageSequenceModel,
): Pick<ImageSequenceModel, 'condition'> & SequenceModel {
  const head = headOf(benchNetwork);
  const { network, vocabularySize: _, ...model } = raster;
  if (network === undefined || !('starts' in network)) {
    throw new Error('bench: the raster model must describe its network and what it starts from.');
  }
  return {
    ...model,
    tokenSize: channels,
    tokenType: 'float32',
    network: {
      ...network,
      inputs: { kind: 'latent', embedding },
      head: { kind: 'flow', mlp, steps },
    },
    inputs: (latents, condition, { from, to }) => {
      const batch = condition.shape[0];
      // Angles and visibility are those of ids, whatever these are.
      const rows = raster.inputs(zeros([batch, to], 'int32'), condition, { from, to });
      const x = tidy(() => {
        const first = from === 0 ? [slice(rows.x, [0, 0, 0], [-1, 1, -1])] : [];
        const before = Math.max(from, 1) - 1;
        const known = slice(latents, [0, before, 0], [-1, to - 1 - before, channels]);
        const later = to - 1 > before ? [linear(embedding, known) as Tensor3D] : [];
        return concat([...first, ...later], 1) as Tensor3D;
      });
      rows.x.dispose();
      return { ...rows, x };
    },
    sample: (hidden, context) => head.sample(mlp, hidden, context),
  };
}

/** Names under which the peer reads the weights. */
export function flowRules({ head }: FlowParams): ImportRule[] {
  return [
    ...linearRules('flow.embedding', 'latent_embedding'),
    ...linearRules('flow.head.input', 'flow.input'),
    ...linearRules('flow.head.time.up', 'flow.time.0'),
    ...linearRules('flow.head.time.down', 'flow.time.1'),
    ...linearRules('flow.head.condition', 'flow.condition'),
    ...head.blocks.flatMap((__, index) => [
      ...normRules(`flow.head.blocks.${index}.norm`, `flow.blocks.${index}.norm`),
      ...['modulation', 'up', 'down'].flatMap((part) =>
        linearRules(`flow.head.blocks.${index}.${part}`, `flow.blocks.${index}.${part}`),
      ),
    ]),
    ...linearRules('flow.head.final.modulation', 'flow.final.modulation'),
    ...linearRules('flow.head.final.output', 'flow.final.output'),
  ];
}
