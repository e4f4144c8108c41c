import { add, concat, mean, reshape, slice, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { transformer } from '../backbone/transformer.ts';
import type { TransformerParams } from '../backbone/transformer.ts';
import { categoricalHead } from '../heads/categorical-head.ts';
import { initializer } from '../initializer.ts';
import { additiveMask } from '../layers/additive-mask.ts';
import { selfAttention } from '../layers/attention.ts';
import { embed } from '../layers/embedding.ts';
import type { LinearParams } from '../layers/linear.ts';
import { mlp } from '../layers/mlp.ts';
import { rmsNorm } from '../layers/norm.ts';
import { disposeParams, mapParams } from '../params.ts';
import { stepMask, visibleMask } from '../plan/attention-mask.ts';
import { nextScale } from '../plan/next-scale.ts';
import { planLength, stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { words } from '../random/draw.ts';
import { foldIn, keyFromSeed } from '../random/threefry.ts';
import type { SequenceModel, StepSpan } from '../sequence-model.ts';
import { tokensTensor } from '../decode/token-buffer.ts';
import type { RecipeInstance } from './recipe-instance.ts';

const width = 8;
const vocabularySize = 6;
const classes = 4;

/** Weights of the tiny model. */
export type TinyParams = {
  classEmbedding: Tensor2D;
  tokenEmbedding: Tensor2D;
  positions: Tensor2D;
  backbone: TransformerParams;
  head: LinearParams;
};

/** What a fake gets wrong, for tests of the checks. */
export interface TinyFlaws {
  /** Steps' inputs read this many tokens too far. @defaultValue 0 */
  readonly peeks?: number;
  /** Whether the whole pass lets every position see every other. @defaultValue false */
  readonly isUnmasked?: boolean;
  /** Whether the tokens are ignored. @defaultValue false */
  readonly isDeaf?: boolean;
  /** Whether decoding uses other positions than training. @defaultValue false */
  readonly isShifted?: boolean;
}

const backbone = transformer({
  blocks: 2,
  width,
  norm: rmsNorm(),
  attention: selfAttention({ width, heads: 2 }),
  mlp: mlp({ width, hidden: 16 }),
});
const head = categoricalHead({ width, vocabularySize });

/** A class-conditional model over any plan: a step is fed the mean of all tokens of the steps before. */
export function tinyInstance(
  seed = 1n,
  { plan = nextScale([1, 2]), ...flaws }: TinyFlaws & { readonly plan?: Plan } = {},
): RecipeInstance {
  const params = initTiny(seed, planLength(plan));
  const bind = (weights: TinyParams) => bindTiny(plan, weights, flaws);
  const model = bind(params);
  const length = planLength(plan);
  const exampleTokens = (items: number) =>
    Int32Array.from(words(foldIn(keyFromSeed(seed), 1), items * length), (n) => n % vocabularySize);
  const conditionOf = (weights: TinyParams, items: number, isGuided: boolean) => {
    const labels = Array.from({ length: items }, (_, item) => item % (classes - 1));
    const nulls = Array.from({ length: isGuided ? items : 0 }, () => classes - 1);
    return embed(weights.classEmbedding, tensor1d([...labels, ...nulls], 'int32'));
  };
  return {
    model,
    rebind: (weights) => bind(weights as TinyParams),
    condition: (items, isGuided) => tidy(() => conditionOf(params, items, isGuided)),
    exampleTokens,
    loss: (weights, items) => {
      const own = weights as TinyParams;
      const tokens = tokensTensor(model, exampleTokens(items), items);
      return head.loss(own.head, bind(own).forward(tokens, conditionOf(own, items, false)), tokens);
    },
    badInputs: {
      'heads that do not divide the width': () => selfAttention({ width, heads: 3 }),
    },
    dispose: () => disposeParams(params),
  };
}

function initTiny(seed: bigint, positions: number): TinyParams {
  const start = initializer(keyFromSeed(seed));
  const table = (rows: number) => start.normal([rows, width], 0.6) as Tensor2D;
  const params: TinyParams = {
    classEmbedding: table(classes),
    tokenEmbedding: table(vocabularySize),
    positions: table(positions),
    backbone: backbone.init(start),
    head: head.init(start),
  };
  // Larger than a training starts from, so that every part shows.
  return mapParams(params, (weight, path) => {
    if (!/qkv|weight/.test(path)) return weight;
    const larger = start.normal(weight.shape, 0.35);
    weight.dispose();
    return larger;
  });
}

function bindTiny(plan: Plan, params: TinyParams, flaws: TinyFlaws): SequenceModel {
  const length = planLength(plan);
  const inputsOf = (tokens: Tensor, condition: Tensor, { from, to }: StepSpan): Tensor3D =>
    tidy(() => {
      const batch = condition.shape[0];
      const rows: Tensor[] = [];
      for (let step = from; step < to; step++) {
        const { start, end } = stepRange(plan, step);
        const count = Math.min(start + (flaws.peeks ?? 0), tokens.shape[1] ?? 0);
        const isSilent = count === 0 || flaws.isDeaf === true;
        const past = isSilent
          ? condition
          : add(condition, meanEmbedding(params.tokenEmbedding, tokens, [batch, count]));
        const shift = flaws.isShifted === true && to - from === 1 && start > 0 ? 1 : 0;
        const places = slice(params.positions, [start - shift, 0], [end - start, width]);
        rows.push(add(reshape(past, [batch, 1, width]), places));
      }
      return concatRows(rows);
    });
  return {
    plan,
    params,
    tokenSize: 1,
    tokenType: 'int32',
    vocabularySize,
    inputs: (tokens, condition, steps) => {
      const x = inputsOf(tokens, condition, steps);
      const own = steps.to - steps.from === 1 ? stepMask(plan, steps.from) : null;
      if (own === null) return { x };
      return { x, mask: additiveMask(own, stepRange(plan, steps.from).end) };
    },
    forward: (tokens, condition) =>
      tidy(() => {
        const all = { from: 0, to: plan.stepStarts.length - 1 };
        const visible =
          flaws.isUnmasked === true ? new Uint8Array(length * length).fill(1) : visibleMask(plan);
        const x = inputsOf(tokens, condition, all);
        return backbone.forward(params.backbone, { x, mask: additiveMask(visible, length) });
      }),
    open: (condition) =>
      backbone.open(params.backbone, { batch: condition.shape[0], capacity: length }),
    sample: (hidden, context) => head.sample(params.head, hidden, context),
  };
}

function meanEmbedding(
  table: Tensor2D,
  tokens: Tensor,
  [batch, count]: readonly [number, number],
): Tensor {
  return mean(embed(table, slice(tokens, [0, 0], [batch, count])), 1);
}

function concatRows(rows: Tensor[]): Tensor3D {
  return rows.length === 1 ? (rows[0] as Tensor3D) : (concat(rows, 1) as Tensor3D);
}
