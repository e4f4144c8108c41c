/**
 * VAR (Tian et al. 2024, Visual Autoregressive Modeling: Scalable Image Generation via Next-Scale Prediction).
 *
 * New in it: X is a whole token map. A step predicts all tokens of one resolution in parallel, given all coarser
 * ones; its input is the sum of the coarser maps, resized to its own side. Ten steps instead of 256.
 * Different here: depth and width are independent options; the published sizes are the constants below.
 */
import {
  adaLayerNorm,
  additiveMask,
  areaMatrix,
  categoricalHead,
  cosineSimilarity,
  embed,
  layerNorm,
  linear,
  linearRules,
  mapParams,
  mlp,
  nextScale,
  initLinear,
  parseOptions,
  planLength,
  resizeMaps,
  scaledDot,
  selfAttention,
  sharedAdaLayerNorm,
  stepOfEach,
  stepRange,
  transformer,
  visibleMask,
} from '@nextx/core';
import type {
  Backbone,
  CategoricalHead,
  ImportRule,
  Initializer,
  LinearParams,
  Network,
  Plan,
  StepSpan,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import { add, concat, mul, reshape, slice, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import type { MultiScaleVq } from '../tokenizers/multi-scale-vq.ts';
import type { ImageRecipe } from './image-recipe.ts';
import { smoothModel } from './var-smooth.ts';

/** Sizes of the transformer; defaults are VAR-d16's. */
export interface VarOptions {
  /** Transformer blocks. @defaultValue 16 */
  readonly depth?: number;
  /** Width of the hidden states. @defaultValue 64 x depth */
  readonly width?: number;
  /** @defaultValue depth */
  readonly heads?: number;
  /** Classes, without the null class that guidance adds. @defaultValue 1000 */
  readonly classes?: number;
  /** Hidden size of the feed-forward half over the width. @defaultValue 4 */
  readonly mlpRatio?: number;
  /** Whether all blocks share one modulation (d36 at 512 pixels). @defaultValue false */
  readonly hasSharedAdaNorm?: boolean;
  /** Whether queries and keys are normalized and scaled by a learned factor. @defaultValue true */
  readonly hasCosineAttention?: boolean;
  /** Chance of training a sample without its class. @defaultValue 0.1 */
  readonly classDropout?: number;
  /** Stochastic depth of the last block. @defaultValue 0.1 x depth / 24 */
  readonly dropPathRate?: number;
  /** Factor of the initial gates, `alng` of the official code. @defaultValue 1e-3 */
  readonly gateInit?: number;
}

const positive = z.int().check(z.positive());
const share = z.number().check(z.minimum(0), z.maximum(1));

const schema = z.strictObject({
  depth: z._default(positive, 16),
  width: z.exactOptional(positive),
  heads: z.exactOptional(positive),
  classes: z._default(positive, 1000),
  mlpRatio: z._default(z.number().check(z.positive()), 4),
  hasSharedAdaNorm: z._default(z.boolean(), false),
  hasCosineAttention: z._default(z.boolean(), true),
  classDropout: z._default(share, 0.1),
  dropPathRate: z.exactOptional(share),
  gateInit: z._default(z.number().check(z.positive()), 1e-3),
}) satisfies z.ZodMiniType<VarOptions>;

/** Published sizes: ImageNet at 256 pixels, and d36 at 512. */
export const varD16: VarOptions = { depth: 16 };
/** 600 M parameters. */
export const varD20: VarOptions = { depth: 20 };
/** 1.0 B parameters. */
export const varD24: VarOptions = { depth: 24, gateInit: 1e-4 };
/** 2.0 B parameters. */
export const varD30: VarOptions = { depth: 30, gateInit: 1e-5 };
/** 2.3 B parameters, 512 pixels. */
export const varD36: VarOptions = { depth: 36, hasSharedAdaNorm: true, gateInit: 5e-6 };

/** Weights of the transformer. */
export type VarParams = {
  wordEmbedding: LinearParams;
  /** `[classes + 1, C]`, the null class last. */
  classEmbedding: Tensor2D;
  /** `[1, C]`, added to the class at the first position. */
  start: Tensor2D;
  /** `[N, C]` */
  positions: Tensor2D;
  /** `[K, C]`, one for each scale. */
  levels: Tensor2D;
  backbone: TransformerParams;
  head: LinearParams;
};

/** Complete options. @throws {OptionError} CONFIG naming the value. */
export function parseVarOptions(options: unknown): Required<VarOptions> {
  const parsed = parseOptions('var', schema, options, 'CONFIG');
  const { depth } = parsed;
  return {
    ...parsed,
    width: parsed.width ?? 64 * depth,
    heads: parsed.heads ?? depth,
    dropPathRate: parsed.dropPathRate ?? (0.1 * depth) / 24,
  };
}

/** VAR over a multi-scale tokenizer. */
export const varRecipe: ImageRecipe<VarOptions, VarParams, MultiScaleVq> = {
  name: 'var',
  tokenizer: 'var-tokenizer',
  guidanceSchedule: 'linear',
  parse: parseVarOptions,
  classes: (options) => parseVarOptions(options).classes,
  classDropout: (options) => parseVarOptions(options).classDropout,
  init: (options, tokenizer, initializer) => {
    const parsed = parseVarOptions(options);
    return tidy(() => scaleInitial(parsed, varTemplate(parsed, tokenizer, initializer)));
  },
  template: (options, tokenizer, initializer) =>
    varTemplate(parseVarOptions(options), tokenizer, initializer),
  bind: (options, params, tokenizer) => {
    const parsed = parseVarOptions(options);
    const plan = nextScale(tokenizer.sides);
    const { backbone, head } = partsOf(parsed, tokenizer);
    const inputs = (tokens: Tensor, condition: Tensor, steps: StepSpan) => ({
      x: varInputs(params, { tokens, condition: condition as Tensor2D, steps, plan, tokenizer }),
    });
    return {
      plan,
      params,
      tokenSize: 1,
      tokenType: 'int32',
      vocabularySize: tokenizer.vocabularySize,
      network: networkOf(parsed, params, { tokenizer, plan }),
      inputs,
      condition: (labels) =>
        tidy(() => embed(params.classEmbedding, tensor1d(labels, 'int32')) as Tensor2D),
      forward: (tokens, condition, key) =>
        tidy(() => {
          const rows = inputs(tokens, condition, { from: 0, to: tokenizer.sides.length });
          const mask = additiveMask(visibleMask(plan), planLength(plan));
          const all = { ...rows, mask, condition: condition as Tensor2D };
          return backbone.forward(params.backbone, all, key);
        }),
      logits: (hidden) => head.logits(params.head, hidden),
      loss: (hidden, ids) => head.loss(params.head, hidden, ids),
      logProb: (hidden, ids) => head.logProb(params.head, hidden, ids),
      open: (condition) =>
        backbone.open(params.backbone, {
          batch: condition.shape[0],
          capacity: planLength(plan),
          condition: condition as Tensor2D,
        }),
      sample: (hidden, context) => head.sample(params.head, hidden, context),
    };
  },
  smooth: (model, { params: { quantizer } }, given) =>
    smoothModel(model, { codebook: quantizer.codebook, ...(given && { given }) }),
  // Names of the official code that decay does not reach (`nowd_keys`).
  decays: (path, weight) =>
    weight.rank >= 2 && !/^(positions|start|levels)$|offset$|logScale$/.test(path),
  importRules: (options, params) => varRules(parseVarOptions(options), params),
};

/** The parts of VAR's blocks. */
export function varTransformerParts(options: VarOptions): TransformerParts {
  const parsed = parseVarOptions(options);
  const { depth, width, heads, mlpRatio } = parsed;
  const scaling = parsed.hasCosineAttention
    ? cosineSimilarity()
    : scaledDot({ scale: 0.25 / Math.sqrt(width / heads) });
  return {
    blocks: depth,
    width,
    norm: layerNorm({ epsilon: 1e-6, isAffine: false }),
    attention: selfAttention({ width, heads, hasBias: true, scaling }),
    mlp: mlp({ width, hidden: Math.round(width * mlpRatio) }),
    modulation: parsed.hasSharedAdaNorm ? sharedAdaLayerNorm() : adaLayerNorm(),
    dropPathRate: parsed.dropPathRate,
  };
}

function partsOf(
  options: Required<VarOptions>,
  { vocabularySize }: Pick<MultiScaleVq, 'vocabularySize'>,
): { backbone: Backbone<TransformerParams>; head: CategoricalHead } {
  return {
    backbone: transformer(varTransformerParts(options)),
    head: categoricalHead({ width: options.width, vocabularySize }),
  };
}

/** The model as data, for executors that fuse its parts. */
function networkOf(
  options: Required<VarOptions>,
  params: VarParams,
  { tokenizer, plan }: { readonly tokenizer: MultiScaleVq; readonly plan: Plan },
): Network {
  const { sides, vocabularySize } = tokenizer;
  return {
    parts: varTransformerParts(options),
    params: params.backbone,
    inputs: { kind: 'scale', sides, ...tokenizer.scaleSum, embedding: params.wordEmbedding },
    added: () =>
      tidy(() => {
        const levels = levelRows(params.levels, plan, { from: 0, to: sides.length });
        return add(params.positions, levels) as Tensor2D;
      }),
    starts: (condition) => tidy(() => add(condition, params.start) as Tensor2D),
    head: { kind: 'categorical', logits: params.head, vocabularySize },
  };
}

/**
 * The paper's input of each scale: the class at the first; later the sum of all coarser maps, resized to this map's
 * side. Plus level and position embeddings.
 */
function varInputs(
  params: VarParams,
  {
    tokens,
    condition,
    steps,
    plan,
    tokenizer,
  }: {
    readonly tokens: Tensor;
    readonly condition: Tensor2D;
    readonly steps: StepSpan;
    readonly plan: Plan;
    readonly tokenizer: MultiScaleVq;
  },
): Tensor3D {
  const [batch, width] = condition.shape;
  const { sides } = tokenizer;
  const latentSide = sides[sides.length - 1];
  return tidy(() => {
    const sums = tokenizer.accumulate(tokens, steps.to - 1);
    const scales: Tensor3D[] = [];
    for (let step = steps.from; step < steps.to; step++) {
      if (step === 0) {
        scales.push(reshape(add(condition, params.start), [batch, 1, width]));
        continue;
      }
      const map: Tensor4D =
        sides[step] === latentSide
          ? sums[step - 1]
          : resizeMaps(sums[step - 1], areaMatrix(latentSide, sides[step]));
      const cells = reshape(map, [batch, sides[step] ** 2, tokenizer.latentChannels]) as Tensor3D;
      scales.push(linear(params.wordEmbedding, cells));
    }
    const first = stepRange(plan, steps.from).start;
    const end = stepRange(plan, steps.to - 1).end;
    const positions = slice(params.positions, [first, 0], [end - first, width]);
    return add(
      add(concat(scales, 1), positions),
      levelRows(params.levels, plan, steps),
    ) as Tensor3D;
  });
}

/** Level embedding of every position of some steps, `[n, C]`. */
function levelRows(levels: Tensor2D, plan: Plan, { from, to }: StepSpan): Tensor {
  const ids = stepOfEach(plan).filter((step) => step >= from && step < to);
  return embed(levels, tensor1d(ids, 'int32'));
}

/** Weights as the parts make them. */
function varTemplate(
  options: Required<VarOptions>,
  tokenizer: MultiScaleVq,
  initializer: Initializer,
): VarParams {
  const { width, classes } = options;
  const deviation = initialDeviation(options);
  const { backbone, head } = partsOf(options, tokenizer);
  const table = (rows: number) => initializer.truncatedNormal([rows, width], deviation) as Tensor2D;
  return {
    wordEmbedding: initLinear(
      { inFeatures: tokenizer.latentChannels, outFeatures: width, standardDeviation: deviation },
      initializer,
    ),
    classEmbedding: table(classes + 1),
    start: table(1),
    positions: table(tokenizer.length),
    levels: table(tokenizer.sides.length),
    backbone: backbone.init(initializer),
    head: head.init(initializer),
  };
}

/**
 * The official initialization: one truncated normal for all, with the exceptions of `init_weights`. Takes ownership
 * of `params`.
 */
function scaleInitial(options: Required<VarOptions>, params: VarParams): VarParams {
  return mapParams(params, (weight, path) => {
    const scaled = tidy(() => {
      const factor = initialFactor(options, path);
      return typeof factor === 'number' && factor === 1 ? weight.clone() : mul(weight, factor);
    });
    weight.dispose();
    return scaled;
  });
}

/** By what a weight, as the parts of core make it, is multiplied at the start. */
function initialFactor(options: Required<VarOptions>, path: string): number | Tensor {
  const { depth, width, gateInit } = options;
  // Parts of core start from a deviation of 0.02.
  const unit = initialDeviation(options) / 0.02;
  if (/\.(output|down)\.weight$/.test(path)) return unit / Math.sqrt(2 * depth);
  if (path === 'head.weight') return unit * 0.02;
  if (/modulation\.(blocks\.\d+\.projection|shared)\.weight$/.test(path)) {
    return mul(gateFactors(width, gateInit), 0.5 * unit);
  }
  if (/modulation\.blocks\.\d+\.offset$/.test(path)) return mul(gateFactors(width, gateInit), 0.5);
  if (path.endsWith('modulation.final.weight')) return 0.5 * unit;
  return /\.(qkv|up\.weight)$/.test(path) ? unit : 1;
}

function initialDeviation({ width }: Required<VarOptions>): number {
  return Math.sqrt(1 / width / 3);
}

/** `[6 C]`: the two gates start at `gateInit`, scales and shifts at 1. */
function gateFactors(width: number, gateInit: number): Tensor {
  return tensor1d(
    Float32Array.from({ length: 6 * width }, (_, index) => (index < 2 * width ? gateInit : 1)),
  );
}

/** Official names (`var_d16.pth`). */
function varRules({ hasSharedAdaNorm }: Required<VarOptions>, params: VarParams): ImportRule[] {
  const blocks = params.backbone.blocks.flatMap((block, index): ImportRule[] => {
    const [own, official] = [`backbone.blocks.${index}`, `blocks.${index}`];
    const scaling: ImportRule[] =
      block.attention.scaling.logScale === undefined
        ? []
        : [
            {
              own: `${own}.attention.scaling.logScale`,
              official: `${official}.attn.scale_mul_1H11`,
            },
          ];
    return [
      {
        own: `${own}.attention.qkv`,
        official: `${official}.attn.mat_qkv.weight`,
        layout: 'linear',
      },
      { own: `${own}.attention.queryBias`, official: `${official}.attn.q_bias` },
      { own: `${own}.attention.valueBias`, official: `${official}.attn.v_bias` },
      ...scaling,
      ...linearRules(`${own}.attention.output`, `${official}.attn.proj`),
      ...linearRules(`${own}.mlp.up`, `${official}.ffn.fc1`),
      ...linearRules(`${own}.mlp.down`, `${official}.ffn.fc2`),
      ...(hasSharedAdaNorm
        ? [{ own: `backbone.modulation.blocks.${index}.offset`, official: `${official}.ada_gss` }]
        : linearRules(`backbone.modulation.blocks.${index}.projection`, `${official}.ada_lin.1`)),
    ];
  });
  return [
    ...linearRules('wordEmbedding', 'word_embed'),
    { own: 'classEmbedding', official: 'class_emb.weight' },
    { own: 'start', official: 'pos_start' },
    { own: 'positions', official: 'pos_1LC' },
    { own: 'levels', official: 'lvl_embed.weight' },
    ...blocks,
    ...(hasSharedAdaNorm ? linearRules('backbone.modulation.shared', 'shared_ada_lin.1') : []),
    ...linearRules('backbone.modulation.final', 'head_nm.ada_lin.1'),
    ...linearRules('head', 'head'),
  ];
}
