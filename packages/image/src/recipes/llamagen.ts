/**
 * LlamaGen (Sun et al. 2024, Autoregressive Model Beats Diffusion: Llama for Scalable Image Generation).
 *
 * New in it: nothing but the plain recipe done well. X is the next token of a raster; the network is Llama's: RMS
 * norms, SwiGLU, rotary positions in two dimensions. The baseline of many other systems.
 * Different here: the width of the feed-forward half is rounded up to `multipleOf`, 256 in the paper.
 */
import {
  additiveMask,
  categoricalHead,
  embed,
  foldIn,
  gatedMlp,
  geluTanh,
  initLinear,
  linear,
  linearRules,
  normRules,
  parseOptions,
  planLength,
  raster,
  rmsNorm,
  rotaryRange,
  rotaryTable,
  selfAttention,
  dropout,
  transformer,
  visibleMask,
} from '@nextx/core';
import type {
  Backbone,
  CategoricalHead,
  ImportRule,
  Initializer,
  LinearParams,
  Plan,
  RotaryRows,
  Rows,
  SequenceModel,
  StepSpan,
  TransformerParams,
  TransformerParts,
} from '@nextx/core';
import { concat, reshape, slice, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import type { ImageTokenizer } from '../tokenizers/image-tokenizer.ts';
import { captionMask } from './caption-mask.ts';
import type { Captions } from './caption-mask.ts';
import type { ImageRecipe } from './image-recipe.ts';

/** Sizes of the transformer; defaults are LlamaGen-B's. */
export interface LlamaGenOptions {
  /** Transformer blocks. @defaultValue 12 */
  readonly depth?: number;
  /** @defaultValue 768 */
  readonly width?: number;
  /** @defaultValue 12 */
  readonly heads?: number;
  /** Key-value heads. @defaultValue heads */
  readonly keyValueHeads?: number;
  /** Classes, without the null class that guidance adds. @defaultValue 1000 */
  readonly classes?: number;
  /** The hidden size ⌊8/3 width⌋ is rounded up to a multiple of this. @defaultValue 256 */
  readonly multipleOf?: number;
  /** Base θ of the rotary angles. @defaultValue 10000 */
  readonly ropeTheta?: number;
  /** Chance of training a sample without its class. @defaultValue 0.1 */
  readonly classDropout?: number;
  /** Dropout of the embedded tokens and behind attention and mlp. @defaultValue 0.1 */
  readonly dropoutRate?: number;
  /** Text features instead of a class: their number and size. @defaultValue none */
  readonly caption?: { readonly tokens: number; readonly channels: number };
}

const positive = z.int().check(z.positive());
const share = z.number().check(z.minimum(0), z.maximum(1));

const schema = z.strictObject({
  depth: z._default(positive, 12),
  width: z._default(positive, 768),
  heads: z._default(positive, 12),
  keyValueHeads: z.exactOptional(positive),
  classes: z._default(positive, 1000),
  multipleOf: z._default(positive, 256),
  ropeTheta: z._default(z.number().check(z.positive()), 10000),
  classDropout: z._default(share, 0.1),
  dropoutRate: z._default(share, 0.1),
  caption: z.exactOptional(z.strictObject({ tokens: positive, channels: positive })),
}) satisfies z.ZodMiniType<LlamaGenOptions>;

/** Published sizes. */
export const llamaGenB: LlamaGenOptions = { depth: 12, width: 768, heads: 12 };
/** 343 M parameters. */
export const llamaGenL: LlamaGenOptions = { depth: 24, width: 1024, heads: 16 };
/** 775 M parameters. */
export const llamaGenXL: LlamaGenOptions = { depth: 36, width: 1280, heads: 20 };
/** 1.4 B parameters. */
export const llamaGenXXL: LlamaGenOptions = { depth: 48, width: 1536, heads: 24 };
/** 3.1 B parameters. */
export const llamaGen3B: LlamaGenOptions = { depth: 24, width: 3200, heads: 32 };

type ParsedOptions = Required<Omit<LlamaGenOptions, 'caption'>> & Pick<LlamaGenOptions, 'caption'>;

/** Weights of the transformer. */
export type LlamaGenParams = {
  /** `[classes + 1, C]`, the null class last; absent in a caption model. */
  classEmbedding?: Tensor2D;
  /** Projection of text features, and the features of no caption, `[tokens, channels]`. */
  caption?: { up: LinearParams; down: LinearParams; none: Tensor2D };
  /** `[V, C]` */
  tokenEmbedding: Tensor2D;
  backbone: TransformerParams;
  head: LinearParams;
};

/** Complete options. @throws {OptionError} CONFIG naming the value. */
export function parseLlamaGenOptions(options: unknown): ParsedOptions {
  const parsed = parseOptions('llamagen', schema, options, 'CONFIG');
  return { ...parsed, keyValueHeads: parsed.keyValueHeads ?? parsed.heads };
}

/** LlamaGen over any tokenizer of one token map, conditional on a class. */
export const llamaGenRecipe: ImageRecipe<LlamaGenOptions, LlamaGenParams> = {
  name: 'llamagen',
  tokenizer: 'llamagen-tokenizer',
  guidanceSchedule: 'constant',
  parse: (options) => parseLlamaGenOptions(options),
  classes: (options) => parseLlamaGenOptions(options).classes,
  classDropout: (options) => parseLlamaGenOptions(options).classDropout,
  init: initLlamaGen,
  template: initLlamaGen,
  bind: (options, params, tokenizer) => {
    const parsed = parseLlamaGenOptions(options);
    const { head } = partsOf(parsed, tokenizer);
    return {
      ...sequenceModel(parsed, params, { tokenizer, prefixLength: 1 }),
      condition: (labels) =>
        tidy(() => {
          const table = params.classEmbedding as Tensor2D;
          return embed(table, tensor1d(labels, 'int32')) as Tensor2D;
        }),
      network: {
        parts: llamaGenTransformerParts(parsed),
        params: params.backbone,
        inputs: { kind: 'token', table: params.tokenEmbedding },
        starts: (condition) => (condition as Tensor2D).clone(),
        rotary: zeroPrefixedTable(parsed, rasterOf(tokenizer), 1),
        head: {
          kind: 'categorical',
          logits: params.head,
          vocabularySize: tokenizer.vocabularySize,
        },
      },
      logits: (hidden) => head.logits(params.head, hidden),
      loss: (hidden, ids) => head.loss(params.head, hidden, ids),
      logProb: (hidden, ids) => head.logProb(params.head, hidden, ids),
    };
  },
  decays: (_, weight) => weight.rank >= 2,
  importRules: (options, params) => llamaGenRules(parseLlamaGenOptions(options), params),
};

/**
 * The caption-conditional model: text features, projected, stand before the picture in place of a class.
 *
 * @param captions  Borrowed. For guidance the rows of all captions, twice: the second half is taken without caption.
 * @returns The model and its condition, `[B, T, C]`, which the caller owns.
 */
export function bindCaptions(
  options: LlamaGenOptions,
  params: LlamaGenParams,
  {
    tokenizer,
    captions,
    isGuided,
  }: {
    readonly tokenizer: ImageTokenizer;
    readonly captions: Captions;
    readonly isGuided: boolean;
  },
): { model: SequenceModel; condition: Tensor3D; logits: (hidden: Tensor3D) => Tensor3D } {
  const parsed = parseLlamaGenOptions(options);
  const { caption } = params;
  const { head } = partsOf(parsed, tokenizer);
  const condition = tidy(() => {
    const { features } = captions;
    if (caption === undefined) return features;
    const [batch, tokens, channels] = features.shape;
    const half = isGuided ? batch / 2 : batch;
    const real = slice(features, [0, 0, 0], [half, tokens, channels]);
    const none = Array.from({ length: batch - half }, () =>
      reshape(caption.none, [1, tokens, channels]),
    );
    const all = concat([real, ...none], 0) as Tensor3D;
    return linear(caption.down, geluTanh(linear(caption.up, all)));
  });
  const prefixLength = condition.shape[1];
  const model = sequenceModel(parsed, params, { tokenizer, prefixLength, captions });
  return { model, condition, logits: (hidden) => head.logits(params.head, hidden) };
}

/** Wiring of plan, inputs and backbone; the prefix is the class token or the caption. */
function sequenceModel(
  options: ParsedOptions,
  params: LlamaGenParams,
  {
    tokenizer,
    prefixLength,
    captions,
  }: {
    readonly tokenizer: ImageTokenizer;
    readonly prefixLength: number;
    readonly captions?: Captions;
  },
): SequenceModel {
  const plan = rasterOf(tokenizer);
  const { backbone, head } = partsOf(options, tokenizer);
  const table = zeroPrefixedTable(options, plan, prefixLength);
  const rowSize = options.width / options.heads / 2;
  const rotary = (from: number, to: number) => rotaryRange(table, rowSize, [from, to]);
  const prefixRows = (condition: Tensor): Tensor3D =>
    reshape(condition, [condition.shape[0], prefixLength, options.width]) as Tensor3D;

  // A position's input is the token before it; the first one's is the end of the prefix.
  const inputs = (tokens: Tensor, condition: Tensor, { from, to }: StepSpan): Rows => {
    const x = tidy(() => {
      const parts: Tensor3D[] = [];
      if (from === 0) parts.push(slice(prefixRows(condition), [0, prefixLength - 1, 0]));
      const first = Math.max(from, 1) - 1;
      if (to - 1 > first) {
        const ids = slice(tokens, [0, first], [-1, to - 1 - first]);
        parts.push(embed(params.tokenEmbedding, ids) as Tensor3D);
      }
      return concat(parts, 1) as Tensor3D;
    });
    const before = prefixLength - 1;
    const mask = captions && captionMask(captions, before + from, before + to);
    return { x, rotary: rotary(before + from, before + to), ...(mask && { mask }) };
  };

  return {
    plan,
    params,
    tokenSize: 1,
    tokenType: 'int32',
    vocabularySize: tokenizer.vocabularySize,
    inputs,
    ...(prefixLength > 1 && {
      prefix: (condition: Tensor): Rows => ({
        x: slice(prefixRows(condition), [0, 0, 0], [-1, prefixLength - 1, -1]),
        rotary: rotary(0, prefixLength - 1),
        mask: captionMask(captions, 0, prefixLength - 1),
      }),
    }),
    forward: (tokens, condition, key) =>
      tidy(() => {
        const length = planLength(plan);
        const rows = inputs(tokens, condition, { from: 0, to: length });
        const x = key === undefined ? rows.x : dropout(rows.x, options.dropoutRate, foldIn(key, 0));
        const mask = additiveMask(visibleMask(plan), length);
        return backbone.forward(params.backbone, { ...rows, x, mask }, key && foldIn(key, 1));
      }),
    open: (condition) =>
      backbone.open(params.backbone, {
        batch: condition.shape[0],
        capacity: prefixLength - 1 + planLength(plan),
      }),
    sample: (hidden, context) => head.sample(params.head, hidden, context),
  };
}

function rasterOf({ sides }: Pick<ImageTokenizer, 'sides'>): Plan {
  const side = sides[sides.length - 1];
  return raster({ sides: [side, side] });
}

/** The parts of LlamaGen's blocks. */
export function llamaGenTransformerParts(options: LlamaGenOptions): TransformerParts {
  const parsed = parseLlamaGenOptions(options);
  const { depth, width, heads, keyValueHeads, multipleOf, dropoutRate } = parsed;
  const hidden = Math.ceil(Math.floor((2 * 4 * width) / 3) / multipleOf) * multipleOf;
  return {
    blocks: depth,
    width,
    norm: rmsNorm({ epsilon: 1e-5 }),
    attention: selfAttention({ width, heads, keyValueHeads }),
    mlp: gatedMlp({ width, hidden }),
    dropoutRate,
  };
}

function partsOf(
  options: ParsedOptions,
  { vocabularySize }: Pick<ImageTokenizer, 'vocabularySize'>,
): { backbone: Backbone<TransformerParams>; head: CategoricalHead } {
  const { width } = options;
  return {
    backbone: transformer(llamaGenTransformerParts(options)),
    head: categoricalHead({ width, vocabularySize, hasBias: false, standardDeviation: 0 }),
  };
}

/**
 * Rotary angles of the prefix and of all tokens. The official table is all zero for the prefix, cosines too, so
 * that its queries and keys vanish and its tokens are seen evenly: not the same as no rotation.
 *
 * @returns `[prefixLength + N, D / 2]` cosines and sines.
 */
export function zeroPrefixedTable(
  options: LlamaGenOptions,
  plan: Plan,
  prefixLength: number,
): RotaryRows {
  const { width, heads, ropeTheta } = parseLlamaGenOptions(options);
  const headSize = width / heads;
  const table = rotaryTable({ ...plan, headSize, theta: ropeTheta });
  const zeros = (prefixLength * headSize) / 2;
  const prefixed = (angles: Float32Array) => {
    const rows = new Float32Array(zeros + angles.length);
    rows.set(angles, zeros);
    return rows;
  };
  return { cos: prefixed(table.cos), sin: prefixed(table.sin) };
}

/** Normal 0.02 everywhere, zero output, as the official code. */
function initLlamaGen(
  options: LlamaGenOptions,
  tokenizer: ImageTokenizer,
  initializer: Initializer,
): LlamaGenParams {
  const parsed = parseLlamaGenOptions(options);
  const { width, classes, caption } = parsed;
  const { backbone, head } = partsOf(parsed, tokenizer);
  const table = (rows: number) => initializer.normal([rows, width], 0.02) as Tensor2D;
  const projection = (inFeatures: number) =>
    initLinear({ inFeatures, outFeatures: width, hasBias: false }, initializer);
  return {
    ...(caption === undefined
      ? { classEmbedding: table(classes + 1) }
      : {
          caption: {
            up: projection(caption.channels),
            down: projection(width),
            none: initializer.normal(
              [caption.tokens, caption.channels],
              caption.channels ** -0.5,
            ) as Tensor2D,
          },
        }),
    tokenEmbedding: table(tokenizer.vocabularySize),
    backbone: backbone.init(initializer),
    head: head.init(initializer),
  };
}

/** Official names (`c2i_B_256.pt`, `t2i_XL_stage1_256.pt`). */
function llamaGenRules(options: ParsedOptions, params: LlamaGenParams): ImportRule[] {
  const layers = params.backbone.blocks.flatMap((_, index): ImportRule[] => {
    const [own, official] = [`backbone.blocks.${index}`, `layers.${index}`];
    return [
      ...normRules(`${own}.attentionNorm`, `${official}.attention_norm`, false),
      {
        own: `${own}.attention.qkv`,
        official: `${official}.attention.wqkv.weight`,
        layout: 'linear',
      },
      ...linearRules(`${own}.attention.output`, `${official}.attention.wo`, false),
      ...normRules(`${own}.mlpNorm`, `${official}.ffn_norm`, false),
      ...linearRules(`${own}.mlp.gate`, `${official}.feed_forward.w1`, false),
      ...linearRules(`${own}.mlp.up`, `${official}.feed_forward.w3`, false),
      ...linearRules(`${own}.mlp.down`, `${official}.feed_forward.w2`, false),
    ];
  });
  const condition: ImportRule[] =
    options.caption === undefined
      ? [{ own: 'classEmbedding', official: 'cls_embedding.embedding_table.weight' }]
      : [
          ...linearRules('caption.up', 'cls_embedding.cap_proj.fc1', false),
          ...linearRules('caption.down', 'cls_embedding.cap_proj.fc2', false),
          { own: 'caption.none', official: 'cls_embedding.uncond_embedding' },
        ];
  return [
    ...condition,
    { own: 'tokenEmbedding', official: 'tok_embeddings.weight' },
    ...layers,
    ...normRules('backbone.finalNorm', 'norm', false),
    ...linearRules('head', 'output', false),
  ];
}
