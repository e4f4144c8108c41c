import { add, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { transformer } from '../backbone/transformer.ts';
import type { TransformerParams, TransformerParts } from '../backbone/transformer.ts';
import { initializer } from '../initializer.ts';
import { selfAttention } from '../layers/attention.ts';
import { initLinear, linear } from '../layers/linear.ts';
import type { LinearParams } from '../layers/linear.ts';
import { gatedMlp } from '../layers/mlp.ts';
import { adaLayerNorm } from '../layers/modulation.ts';
import { rmsNorm } from '../layers/norm.ts';
import { rotaryRange } from '../layers/rotary.ts';
import { rotaryTable } from '../layers/rotary-table.ts';
import { initTimeEmbedding, timeEmbedding } from '../layers/time-embedding.ts';
import type { TimeEmbeddingParams } from '../layers/time-embedding.ts';
import { disposeParams, mapParams } from '../params.ts';
import { nextBlock } from '../plan/next-block.ts';
import { planLength, stepRange } from '../plan/plan.ts';
import type { SequenceModel } from '../sequence-model.ts';

const width = 16;
const channels = 4;
const headSize = 8;
const plan = nextBlock({ sides: [2, 6], block: [2, 2] });
const rotary = rotaryTable({ ...plan, headSize });

/** Weights of the model. */
type DenoisedParams = {
  embedding: LinearParams;
  added: Tensor2D;
  time: TimeEmbeddingParams;
  backbone: TransformerParams;
  velocity: LinearParams;
};

/** The parts of a small xAR; norms with weights of their own, whose vectors the host makes. */
export const xarParts: TransformerParts = {
  blocks: 2,
  width,
  norm: rmsNorm(),
  attention: selfAttention({ width, heads: 2, hasBias: true }),
  mlp: gatedMlp({ width, hidden: 32 }),
  modulation: adaLayerNorm(),
};

/**
 * A model of some parts over 2 x 6 latents, block by block of 2 x 2, which its backbone denoises in a few Euler steps;
 * the condition and the time modulate all norms.
 */
export function denoisedModel({
  parts = xarParts,
  steps = 3,
  change = (_, weight) => weight.clone(),
}: DenoisedModelOptions = {}): { readonly model: SequenceModel; readonly dispose: () => void } {
  const fresh = initDenoised(parts);
  const params = tidy(() => mapParams(fresh, (weight, path) => change(path, weight)));
  disposeParams(fresh);
  const backbone = transformer(parts);
  const conditionAt = (condition: Tensor, time: number): Tensor2D =>
    tidy(() => add(condition, timeEmbedding(params.time, [1000 * time])));
  const rowsOf = (latents: Tensor3D, condition: Tensor, at: { step: number; time: number }) => {
    const { start, end } = stepRange(plan, at.step);
    return {
      x: add(
        linear(params.embedding, latents),
        slice(params.added, start, end - start),
      ) as Tensor3D,
      rotary: rotaryRange(rotary, headSize / 2, [start, end]),
      condition: conditionAt(condition, at.time),
    };
  };
  const model: SequenceModel = {
    plan,
    params,
    tokenSize: channels,
    tokenType: 'float32',
    inputs: (latents, condition, { from }) => {
      const { start, end } = stepRange(plan, from);
      const own = slice(latents, [0, start, 0], [-1, end - start, -1]) as Tensor3D;
      return rowsOf(own, condition, { step: from, time: 1 });
    },
    denoiser: { steps, rows: rowsOf, velocity: (hidden) => linear(params.velocity, hidden) },
    network: {
      parts,
      params: params.backbone,
      inputs: { kind: 'noisy', embedding: params.embedding },
      added: () => params.added.clone(),
      rotary,
      head: { kind: 'velocity', velocity: params.velocity, steps, conditionAt },
    },
    forward: () => {
      throw new Error('the whole pass is not needed');
    },
    open: (condition) =>
      backbone.open(params.backbone, { batch: condition.shape[0], capacity: planLength(plan) }),
    sample: () => Promise.reject(new Error('the backbone draws the latents itself')),
  };
  return { model, dispose: () => disposeParams(params) };
}

/** What a model is made of. */
interface DenoisedModelOptions {
  readonly parts?: TransformerParts;
  /** Euler steps. */
  readonly steps?: number;
  readonly change?: (path: string, weight: Tensor) => Tensor;
}

/** Larger than a training starts from, and nothing zero, so that every part shows. */
function initDenoised(parts: TransformerParts): DenoisedParams {
  const start = initializer([8, 9]);
  const fresh: DenoisedParams = {
    embedding: initLinear({ inFeatures: channels, outFeatures: width }, start),
    added: start.normal([planLength(plan), width], 0.5) as Tensor2D,
    time: initTimeEmbedding(width, start),
    backbone: transformer(parts).init(start),
    velocity: initLinear({ inFeatures: width, outFeatures: channels }, start),
  };
  return mapParams(fresh, (weight, path) => {
    const deviation = /norm|Norm|bias|Bias/.test(path) ? 0.2 : 0.3;
    const values = tidy(() => {
      const drawn = start.normal(weight.shape, deviation);
      return /norm|Norm/.test(path) ? add(drawn, 1) : drawn;
    });
    weight.dispose();
    return values;
  });
}
