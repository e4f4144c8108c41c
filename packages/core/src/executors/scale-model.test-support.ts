import { add, concat, mul, reshape, slice, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { transformer } from '../backbone/transformer.ts';
import type { TransformerParams, TransformerParts } from '../backbone/transformer.ts';
import { categoricalHead } from '../heads/categorical-head.ts';
import { initializer } from '../initializer.ts';
import { selfAttention } from '../layers/attention.ts';
import { conv2d } from '../layers/conv2d.ts';
import type { Conv2dParams } from '../layers/conv2d.ts';
import { embed } from '../layers/embedding.ts';
import { linear } from '../layers/linear.ts';
import type { LinearParams } from '../layers/linear.ts';
import { mlp } from '../layers/mlp.ts';
import { adaLayerNorm } from '../layers/modulation.ts';
import { layerNorm } from '../layers/norm.ts';
import { cosineSimilarity } from '../layers/query-key-scaling.ts';
import { areaMatrix, bicubicMatrix, resizeMaps } from '../layers/resample.ts';
import { disposeParams, mapParams } from '../params.ts';
import { nextScale } from '../plan/next-scale.ts';
import { planLength, stepRange } from '../plan/plan.ts';
import type { SequenceModel, StepSpan } from '../sequence-model.ts';

const width = 16;
const vocabularySize = 12;
const channels = 4;
const sides = [1, 2, 3, 4];
const lastSide = sides[sides.length - 1];
const residualRatio = 0.5;
const refinementOfScale = [0, 1, 1, 1];
const plan = nextScale(sides);

/** Weights of the model. */
type ScaleParams = {
  codebook: Tensor2D;
  refine: Conv2dParams[];
  embedding: LinearParams;
  added: Tensor2D;
  backbone: TransformerParams;
  head: LinearParams;
};

/** The parts of a small VAR. */
const varParts: TransformerParts = {
  blocks: 2,
  width,
  norm: layerNorm({ isAffine: false }),
  attention: selfAttention({ width, heads: 2, hasBias: true, scaling: cosineSimilarity() }),
  mlp: mlp({ width, hidden: 32 }),
  modulation: adaLayerNorm(),
};

/** A scale-by-scale model of some parts over maps of 1 to 4 cells a side, as data and as tfjs. */
export function scaleModel(parts: TransformerParts = varParts): {
  readonly model: SequenceModel;
  readonly dispose: () => void;
} {
  const backbone = transformer(parts);
  const head = categoricalHead({ width, vocabularySize, standardDeviation: 0.5 });
  const weights = backbone.init(initializer([3, 4]));
  const params = initScale(strengthened(weights), head.init(initializer([3, 5])));
  disposeParams(weights);
  const model: SequenceModel = {
    plan,
    params,
    tokenSize: 1,
    tokenType: 'int32',
    vocabularySize,
    inputs: (tokens, condition, steps) => ({
      x: scaleInputs(params, { tokens, condition, steps }),
    }),
    network: {
      parts,
      params: params.backbone,
      inputs: {
        kind: 'scale',
        sides,
        codebook: params.codebook,
        refine: params.refine,
        refinementOfScale,
        residualRatio,
        embedding: params.embedding,
      },
      added: () => params.added.clone(),
      starts: (condition) => condition.clone() as Tensor2D,
      head: { kind: 'categorical', logits: params.head, vocabularySize },
    },
    forward: () => {
      throw new Error('the whole pass is not needed');
    },
    open: (condition) =>
      backbone.open(params.backbone, {
        batch: condition.shape[0],
        capacity: planLength(plan),
        ...(parts.modulation && { condition: condition as Tensor2D }),
      }),
    sample: (hidden, context) => head.sample(params.head, hidden, context),
  };
  return { model, dispose: () => disposeParams(params) };
}

/** Weights so large that attention and modulation matter. */
function strengthened(weights: TransformerParams): TransformerParams {
  return tidy(() =>
    mapParams(weights, (weight) => (weight.rank === 2 ? mul(weight, 8) : weight.clone())),
  );
}

function initScale(backbone: TransformerParams, head: LinearParams): ScaleParams {
  const init = initializer([3, 6]);
  return {
    codebook: init.normal([vocabularySize, channels], 1) as Tensor2D,
    refine: [0, 1].map(() => ({
      weight: init.normal([3, 3, channels, channels], 0.2) as Tensor4D,
      bias: init.normal([channels], 0.2) as Conv2dParams['bias'],
    })),
    embedding: {
      weight: init.normal([channels, width], 0.5) as Tensor2D,
      bias: init.normal([width], 0.2) as NonNullable<LinearParams['bias']>,
    },
    added: init.normal([planLength(plan), width], 0.5) as Tensor2D,
    backbone,
    head,
  };
}

/** The condition at the first scale, later the sum of the coarser maps; plus the row of each position. */
function scaleInputs(
  params: ScaleParams,
  {
    tokens,
    condition,
    steps,
  }: { readonly tokens: Tensor; readonly condition: Tensor; readonly steps: StepSpan },
): Tensor3D {
  return tidy(() => {
    const [batch] = condition.shape;
    const rows: Tensor3D[] = [];
    for (let step = steps.from; step < steps.to; step++) {
      const cells =
        step === 0
          ? (reshape(condition, [batch, 1, width]) as Tensor3D)
          : linear(
              params.embedding,
              reshape(
                resizeMaps(sumOfMaps(params, tokens, step), areaMatrix(lastSide, sides[step])),
                [batch, sides[step] ** 2, channels],
              ) as Tensor3D,
            );
      const { start, end } = stepRange(plan, step);
      rows.push(add(cells, slice(params.added, [start, 0], [end - start, width])));
    }
    return concat(rows, 1) as Tensor3D;
  });
}

/** Sum of the maps of the first scales, `[B, side, side, channels]`. */
function sumOfMaps(params: ScaleParams, tokens: Tensor, scales: number): Tensor4D {
  const [batch] = tokens.shape;
  let sum = zeros([batch, lastSide, lastSide, channels]) as Tensor4D;
  for (let scale = 0; scale < scales; scale++) {
    const side = sides[scale];
    const ids = slice(tokens, [0, stepRange(plan, scale).start], [batch, side ** 2]);
    const codes = reshape(embed(params.codebook, ids), [batch, side, side, channels]) as Tensor4D;
    const map = resizeMaps(codes, bicubicMatrix(side, lastSide));
    const refined = conv2d(params.refine[refinementOfScale[scale]], map);
    sum = add(sum, add(mul(map, 1 - residualRatio), mul(refined, residualRatio)));
  }
  return sum;
}

/** Conditions of some sequences, which differ. Owned by the caller. */
export function scaleCondition(sequences: number): Tensor {
  return initializer([7, 8]).normal([sequences, width], 1);
}
