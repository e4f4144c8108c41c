import { concat, slice, tidy, tile } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { transformer } from '../backbone/transformer.ts';
import type { TransformerParams, TransformerParts } from '../backbone/transformer.ts';
import { decode } from '../decode/decode.ts';
import type { DecodeOptions } from '../decode/executor.ts';
import { categoricalHead } from '../heads/categorical-head.ts';
import { initializer } from '../initializer.ts';
import { geluErf } from '../layers/activation.ts';
import { selfAttention } from '../layers/attention.ts';
import { embed } from '../layers/embedding.ts';
import type { LinearParams } from '../layers/linear.ts';
import { gatedMlp, mlp } from '../layers/mlp.ts';
import { layerNorm, rmsNorm } from '../layers/norm.ts';
import { cosineSimilarity } from '../layers/query-key-scaling.ts';
import { rotaryRange } from '../layers/rotary.ts';
import { rotaryTable } from '../layers/rotary-table.ts';
import { disposeParams, mapParams } from '../params.ts';
import { nextRow } from '../plan/next-row.ts';
import { planLength, stepCount } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { raster } from '../plan/raster.ts';
import type { SequenceModel, StepSpan } from '../sequence-model.ts';

const width = 16;
const vocabularySize = 10;
const headSize = 8;

/** A plan over maps of some rows of three positions. */
type PlanOfRows = (rows: number) => Plan;

const byPosition: PlanOfRows = (rows) => raster({ sides: [rows, 3] });

/** All positions of a row in one step. */
export const byRow: PlanOfRows = (rows) => nextRow({ sides: [rows, 3] });

/** Weights of the model. */
type RasterParams = {
  tokens: Tensor2D;
  backbone: TransformerParams;
  head: LinearParams;
};

/** The parts of a small Llama with shared key-value heads. */
export const llamaParts: TransformerParts = {
  blocks: 2,
  width,
  norm: rmsNorm(),
  attention: selfAttention({ width, heads: 2, keyValueHeads: 1 }),
  mlp: gatedMlp({ width, hidden: 32 }),
};

/** The parts that a Llama has not: layer norms, biases, cosine attention and exact GELU. */
export const otherParts: TransformerParts = {
  ...llamaParts,
  norm: layerNorm(),
  attention: selfAttention({
    width,
    heads: 2,
    hasBias: true,
    hasKeyBias: true,
    scaling: cosineSimilarity(),
  }),
  mlp: mlp({ width, hidden: 20, activation: geluErf }),
};

/** Filters, guidance that grows, and given ids. */
export const editOptions: Pick<DecodeOptions, 'guidanceScaleAt' | 'sampling' | 'given'> = {
  guidanceScaleAt: (step) => 1 + step,
  sampling: { temperature: 0.7, topK: 4, topP: 0.9 },
  given: Int32Array.from([3, -1, -1, -1, 2, -1, -1, -1, -1, -1, -1, 9]),
};

/**
 * A model of some parts over 2 x 3 positions, each fed by the token of the step before, as data and as tfjs; the
 * condition is the rows of its first step.
 */
export function rasterModel(
  parts: TransformerParts = llamaParts,
  change: (path: string, weight: Tensor) => Tensor = withBiases,
  planOf: PlanOfRows = byPosition,
): { readonly model: SequenceModel; readonly dispose: () => void } {
  const backbone = transformer(parts);
  const head = categoricalHead({ width, vocabularySize, standardDeviation: 0.5 });
  const init = initializer([1, 2]);
  const fresh: RasterParams = {
    tokens: init.normal([vocabularySize, width], 1) as Tensor2D,
    backbone: backbone.init(init),
    head: head.init(init),
  };
  const params = tidy(() => mapParams(fresh, (weight, path) => change(path, weight)));
  disposeParams(fresh);
  // Longer than the plan, as a recipe's table may be.
  const rotary = rotaryTable({ ...planOf(100), headSize });
  const plan = planOf(2);
  const positions = planLength(plan) / stepCount(plan);
  const inputs = (tokens: Tensor, condition: Tensor, { from, to }: StepSpan) => ({
    x: tidy(() => {
      const first = tile(condition.reshape([-1, 1, width]) as Tensor3D, [1, positions, 1]);
      const parts3: Tensor3D[] = from === 0 ? [first] : [];
      const before = positions * (Math.max(from, 1) - 1);
      const end = positions * (to - 1);
      if (end > before) {
        const ids = slice(tokens, [0, before], [-1, end - before]);
        parts3.push(embed(params.tokens, ids) as Tensor3D);
      }
      return concat(parts3, 1) as Tensor3D;
    }),
    rotary: rotaryRange(rotary, headSize / 2, [from * positions, to * positions]),
  });
  const model: SequenceModel = {
    plan,
    params,
    tokenSize: 1,
    tokenType: 'int32',
    vocabularySize,
    inputs,
    network: {
      parts,
      params: params.backbone,
      inputs: { kind: 'token', table: params.tokens },
      starts: (condition) => condition.clone() as Tensor2D,
      rotary,
      head: { kind: 'categorical', logits: params.head, vocabularySize },
    },
    forward: () => {
      throw new Error('the whole pass is not needed');
    },
    open: (condition) =>
      backbone.open(params.backbone, { batch: condition.shape[0], capacity: planLength(plan) }),
    sample: (hidden, context) => head.sample(params.head, hidden, context),
  };
  return { model, dispose: () => disposeParams(params) };
}

/** Conditions of some sequences, which differ. Owned by the caller. */
export function rasterCondition(sequences: number): Tensor {
  return initializer([5, 6]).normal([sequences, width], 1);
}

/** Tokens of two items with their conditions, or of the seeds and conditions that the options have. */
export async function tokensOf(
  model: SequenceModel,
  options: Partial<DecodeOptions>,
): Promise<Int32Array> {
  const condition = rasterCondition(options.guidanceScaleAt === undefined ? 2 : 4);
  let tokens = new Int32Array(0);
  try {
    for await (const step of decode(model, { seeds: [1n, 2n], condition, ...options })) {
      tokens = Int32Array.from(step.tokens);
    }
  } finally {
    condition.dispose();
  }
  return tokens;
}

/** Biases start as zeros, with which a forgotten one would not show. */
function withBiases(path: string, weight: Tensor): Tensor {
  return /[bB]ias$/.test(path)
    ? initializer([path.length, 3]).normal(weight.shape, 0.5)
    : weight.clone();
}
