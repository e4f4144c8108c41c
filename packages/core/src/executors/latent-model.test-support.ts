import { concat, gather, slice, tensor1d, tidy, tile } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { transformer } from '../backbone/transformer.ts';
import type { TransformerParams, TransformerParts } from '../backbone/transformer.ts';
import type { RecipeInstance } from '../conformance/recipe-instance.ts';
import { decode } from '../decode/decode.ts';
import type { DecodeOptions } from '../decode/executor.ts';
import { tokensTensor } from '../decode/token-buffer.ts';
import { flowHead } from '../heads/flow-head.ts';
import { initializer } from '../initializer.ts';
import { additiveMask } from '../layers/additive-mask.ts';
import type { DenoisingMlpParams } from '../layers/denoising-mlp.ts';
import { initLinear, linear } from '../layers/linear.ts';
import type { LinearParams } from '../layers/linear.ts';
import { rotaryRange } from '../layers/rotary.ts';
import { rotaryTable } from '../layers/rotary-table.ts';
import { disposeParams, mapParams } from '../params.ts';
import { visibleMask } from '../plan/attention-mask.ts';
import { planLength, stepCount } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { raster } from '../plan/raster.ts';
import { normals } from '../random/draw.ts';
import { foldIn, keyFromSeed } from '../random/threefry.ts';
import type { SequenceModel, StepSpan } from '../sequence-model.ts';
import { llamaParts } from './raster-model.test-support.ts';

const { width } = llamaParts;
const channels = 4;
const headSize = 8;
const classes = 4;
const latentByLatent = raster({ sides: [2, 3] });
const head = flowHead({ width, channels, hidden: 16, blocks: 2, steps: 5, draws: 1 });

/** Weights of the model. */
type LatentParams = {
  classes: Tensor2D;
  embedding: LinearParams;
  backbone: TransformerParams;
  head: DenoisingMlpParams;
};

/**
 * A model of some parts over 2 x 3 positions with a flow head, each fed by the latent of the step before; the rows of its
 * first step are a class embedding.
 *
 * @param plan  Its steps are of one size.
 */
export function latentInstance(
  seed = 1n,
  parts: TransformerParts = llamaParts,
  plan: Plan = latentByLatent,
): RecipeInstance {
  const params = initLatent(seed, parts);
  const length = planLength(plan);
  const bind = (weights: LatentParams) => bindLatent(weights, parts, plan);
  const exampleTokens = (items: number) =>
    Float32Array.from(normals(foldIn(keyFromSeed(seed), 1), items * length * channels));
  const conditionOf = (table: Tensor2D, items: number, isGuided: boolean) => {
    const labels = Array.from({ length: items }, (_, item) => item % (classes - 1));
    const nulls = Array.from({ length: isGuided ? items : 0 }, () => classes - 1);
    return tidy(() => gather(table, tensor1d([...labels, ...nulls], 'int32')));
  };
  return {
    model: bind(params),
    rebind: (weights) => bind(weights as LatentParams),
    condition: (items, isGuided) => conditionOf(params.classes, items, isGuided),
    exampleTokens,
    loss: (weights, items) => {
      const own = weights as LatentParams;
      const model = bind(own);
      const latents = tokensTensor(model, exampleTokens(items), items);
      const hidden = model.forward(latents, conditionOf(own.classes, items, false));
      return head.loss(own.head, hidden, latents, [1, 1]);
    },
    badInputs: {
      'a filter of ids': () => latentsOf(bind(params), { sampling: { topK: 3 } }),
    },
    dispose: () => disposeParams(params),
  };
}

/** Latents of two items with their conditions, or of the seeds that the options have. */
export async function latentsOf(
  model: SequenceModel,
  options: Partial<DecodeOptions>,
): Promise<Float32Array> {
  const { seeds = [1n, 2n] } = options;
  const rows = seeds.length * (options.guidanceScaleAt === undefined ? 1 : 2);
  const condition = initializer([5, 6]).normal([rows, width], 1);
  let latents = new Float32Array(0);
  try {
    for await (const step of decode(model, { condition, ...options, seeds })) {
      latents = Float32Array.from(step.tokens);
    }
  } finally {
    condition.dispose();
  }
  return latents;
}

function initLatent(seed: bigint, parts: TransformerParts): LatentParams {
  const start = initializer(keyFromSeed(seed));
  const fresh: LatentParams = {
    classes: start.normal([classes, width], 1) as Tensor2D,
    embedding: initLinear({ inFeatures: channels, outFeatures: width }, start),
    backbone: transformer(parts).init(start),
    head: head.init(start),
  };
  // Larger than a training starts from, and nothing zero, so that every part shows.
  return mapParams(fresh, (weight, path) => {
    if (/norm|Norm|classes/.test(path)) return weight;
    const larger = start.normal(weight.shape, path.endsWith('bias') ? 0.1 : 0.3);
    weight.dispose();
    return larger;
  });
}

function bindLatent(params: LatentParams, parts: TransformerParts, plan: Plan): SequenceModel {
  const backbone = transformer(parts);
  const rotary = rotaryTable({ ...plan, headSize });
  const length = planLength(plan);
  const steps = stepCount(plan);
  const positions = length / steps;
  const inputs = (latents: Tensor, condition: Tensor, { from, to }: StepSpan) => ({
    x: tidy(() => {
      const first = tile(condition.reshape([-1, 1, width]) as Tensor3D, [1, positions, 1]);
      const rows: Tensor3D[] = from === 0 ? [first] : [];
      const before = positions * (Math.max(from, 1) - 1);
      const end = positions * (to - 1);
      if (end > before) {
        const known = slice(latents, [0, before, 0], [-1, end - before, channels]);
        rows.push(linear(params.embedding, known) as Tensor3D);
      }
      return concat(rows, 1) as Tensor3D;
    }),
    rotary: rotaryRange(rotary, headSize / 2, [from * positions, to * positions]),
  });
  return {
    plan,
    params,
    tokenSize: channels,
    tokenType: 'float32',
    inputs,
    network: {
      parts,
      params: params.backbone,
      inputs: { kind: 'latent', embedding: params.embedding },
      starts: (condition) => condition.clone() as Tensor2D,
      rotary,
      head: { kind: 'flow', mlp: params.head, steps: head.options.steps },
    },
    forward: (latents, condition) =>
      tidy(() => {
        const rows = inputs(latents, condition, { from: 0, to: steps });
        const mask = additiveMask(visibleMask(plan), length);
        return backbone.forward(params.backbone, { ...rows, mask });
      }),
    open: (condition) =>
      backbone.open(params.backbone, { batch: condition.shape[0], capacity: length }),
    sample: (hidden, context) => head.sample(params.head, hidden, context),
  };
}
