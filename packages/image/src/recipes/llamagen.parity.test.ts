import {
  additiveMask,
  decode,
  disposeParams,
  exportParams,
  filterLogits,
  importParams,
  initializer,
  l2Normalize,
  planLength,
  raster,
  stepCount,
  toFloat32,
  transformer,
  visibleMask,
} from '@nextx/core';
import type { HostTensor, ImportRule, RotaryRows, SequenceModel } from '@nextx/core';
import {
  channelsFirst,
  fixtureFolder,
  hasFixture,
  largestDifference,
  loadFixture,
} from '@nextx/core/testing';
import type { Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeImages } from '../tokenizers/conv-autoencoder.ts';
import { codeEntropyLoss, initVqgan, vqgan } from '../tokenizers/vqgan.ts';
import type { Vqgan, VqganParams } from '../tokenizers/vqgan.ts';
import type { ImageSequenceModel } from './image-recipe.ts';
import {
  bindCaptions,
  llamaGenRecipe,
  llamaGenTransformerParts,
  zeroPrefixedTable,
} from './llamagen.ts';
import type { LlamaGenParams } from './llamagen.ts';
import {
  comparison,
  normOf,
  officialGradients,
  tappedNorm,
  useWasm,
} from './parity.test-support.ts';
import type { Comparison } from './parity.test-support.ts';

interface Config {
  readonly tokenizer: {
    readonly ch: number;
    readonly ch_mult: number[];
    readonly num_res_blocks: number;
    readonly norm_groups: number;
    readonly z_channels: number;
    readonly codebook_size: number;
    readonly codebook_embed_dim: number;
  };
  readonly transformer: {
    readonly dim: number;
    readonly n_layer: number;
    readonly n_head: number;
    readonly ffn_multiple_of: number;
    readonly rope_base: number;
    readonly num_classes: number;
  };
  readonly transformer_t2i: {
    readonly n_layer: number;
    readonly cls_token_num: number;
    readonly caption_dim: number;
  };
  readonly sampling: { readonly cfg_scale: number };
  readonly train_param_order: string[];
  readonly tok_param_order: string[];
}

type RecipeOptions = Parameters<typeof llamaGenRecipe.bind>[0];

const isAbsent = !hasFixture('image', 'llamagen');

describe.skipIf(isAbsent)(`LlamaGen, parity with ${fixtureFolder('image', 'llamagen')}`, () => {
  let fixture: Fixture<Config>;
  let compare: Comparison;
  let tokenizer: Vqgan;
  let tokenizerOptions: Parameters<typeof vqgan>[0];
  let options: RecipeOptions;
  let params: LlamaGenParams;
  let rules: readonly ImportRule[];
  let model: ImageSequenceModel;

  const images = (): tf.Tensor4D => compare.tensorOf('tok.image').transpose([0, 2, 3, 1]);
  const labels = (): Int32Array => compare.integers('ar.labels');
  const side = () => tokenizer.sides[0];
  const groups = () => fixture.config.tokenizer.norm_groups;
  /** Cosine and sine of every angle, as the official table has them. */
  const interleaved = ({ cos, sin }: RotaryRows): number[] =>
    Array.from(cos).flatMap((cosine, index) => [cosine, sin[index]]);

  /** Greedy guided decoding; compares the logits of every step. */
  const expectGreedy = async (
    sequence: SequenceModel,
    {
      condition,
      logitsOf,
      name,
    }: {
      condition: tf.Tensor;
      logitsOf: (hidden: tf.Tensor3D) => tf.Tensor3D;
      name: string;
    },
  ): Promise<Int32Array> => {
    const items = condition.shape[0] / 2;
    const steps: tf.Tensor[] = [];
    const recording: SequenceModel = {
      ...sequence,
      sample: (hidden, context) => {
        const [conditional, free] = tf.split(logitsOf(hidden), 2, 0);
        steps.push(free.add(conditional.sub(free).mul(context.guidanceScale)));
        return sequence.sample(hidden, context);
      },
    };
    let tokens: Int32Array = new Int32Array(0);
    for await (const step of decode(recording, {
      seeds: Array.from({ length: items }, (_, item) => BigInt(item)),
      condition,
      guidanceScaleAt: () => fixture.config.sampling.cfg_scale,
      sampling: { topK: 1 },
    })) {
      tokens = step.tokens as Int32Array;
    }
    compare.expectParity(`${name}.cfg_logits`, await tf.concat(steps, 1).data());
    compare.expectIds(`${name}.ids`, tokens);
    return tokens;
  };

  beforeAll(async () => {
    await useWasm();
    fixture = await loadFixture<Config>('image', 'llamagen');
    compare = comparison(fixture);
    const { tokenizer: sizes, transformer: gpt } = fixture.config;
    const [, , imageSize] = (fixture.io.get('tok.image') as HostTensor).shape;
    tokenizerOptions = {
      imageSize,
      imageChannels: 3,
      channels: sizes.ch,
      multipliers: sizes.ch_mult,
      blocksPerLevel: sizes.num_res_blocks,
      groups: sizes.norm_groups,
      latentChannels: sizes.z_channels,
      codeChannels: sizes.codebook_embed_dim,
      codebookSize: sizes.codebook_size,
    };
    const start = initializer([0, 0]);
    const tokenizerTemplate = initVqgan(tokenizerOptions, start);
    const { importRules } = vqgan(tokenizerOptions, tokenizerTemplate);
    tokenizer = vqgan(
      tokenizerOptions,
      importParams(tokenizerTemplate, importRules, fixture.weights('vq.')),
    );
    options = {
      depth: gpt.n_layer,
      width: gpt.dim,
      heads: gpt.n_head,
      classes: gpt.num_classes,
      multipleOf: gpt.ffn_multiple_of,
      ropeTheta: gpt.rope_base,
    };
    const template = llamaGenRecipe.init(options, tokenizer, start);
    rules = llamaGenRecipe.importRules(options, template);
    params = importParams(template, rules, fixture.weights('gpt.'));
    model = llamaGenRecipe.bind(options, params, tokenizer);
  });

  it('encodes pictures to the official latents, ids and code vectors', async () => {
    const { encoder } = tokenizer.params;
    const encoded = encodeImages(encoder, images(), { groups: groups() });

    compare.expectParity('tok.enc.out', await channelsFirst(encoded));
    compare.expectParity('tok.z', await channelsFirst(tokenizer.encodeLatents(images())));
    const ids = tokenizer.encode(images());
    compare.expectIds('tok.ids', await ids.data());
    compare.expectParity('tok.quant', await channelsFirst(tokenizer.codesOf(ids)));
  });

  it('decodes ids to the official pictures', async () => {
    const codes = tokenizer.codesOf(compare.tensorOf('tok.ids'));

    compare.expectParity('tok.rec', await channelsFirst(tokenizer.decodeCodes(codes)));
  });

  it('gives the official losses and gradients of tokenizer training', async () => {
    const { metrics } = tokenizer.loss(images(), [0, 0]);
    compare.expectParity('toktrain.rec_loss', await metrics['reconstruction'].data());
    compare.expectParity('tok.vq_loss', await metrics['codebook'].data());
    compare.expectParity('tok.commit_loss', await metrics['commit'].data());
    const latents = l2Normalize(tokenizer.encodeLatents(images()));
    const codes = l2Normalize(tokenizer.params.codebook);
    compare.expectParity('tok.entropy_loss', await codeEntropyLoss(latents, codes).data());

    const gradients = await officialGradients(
      tokenizer.params,
      tokenizer.importRules,
      (tree) => vqgan(tokenizerOptions, tree as VqganParams).loss(images(), [0, 0]).loss,
    );
    for (const name of fixture.io.keys()) {
      if (!name.startsWith('toktrain.grad.')) continue;
      const gradient = gradients.get(name.slice('toktrain.grad.'.length)) as HostTensor;
      compare.expectParity(name, toFloat32(gradient));
    }
    compare.expectParity(
      'toktrain.grad_norms',
      fixture.config.tok_param_order.map((name) => normOf(gradients.get(name) as HostTensor)),
    );
  });

  it('turns queries and keys by the official table, whose class row is zero', () => {
    const plan = raster({ sides: [side(), side()] });

    compare.expectParity('ar.rope', interleaved(zeroPrefixedTable(options, plan, 1)));
    const { cls_token_num: tokens } = fixture.config.transformer_t2i;
    compare.expectParity('t2i.rope', interleaved(zeroPrefixedTable(options, plan, tokens)));
  });

  it('gives the official hidden states behind the first and the last block', async () => {
    const parts = llamaGenTransformerParts(options);
    const { norm, outputs } = tappedNorm(parts.norm, params.backbone);
    const ids = compare.tensorOf('tok.ids');
    const rows = model.inputs(ids, model.condition(labels()), {
      from: 0,
      to: stepCount(model.plan),
    });
    const mask = additiveMask(visibleMask(model.plan), planLength(model.plan));

    transformer({ ...parts, norm }).forward(params.backbone, { ...rows, mask });

    compare.expectParity('ar.block0_out', await (outputs.first as tf.Tensor).data());
    compare.expectParity('ar.blockN_out', await (outputs.last as tf.Tensor).data());
  });

  it('gives the official teacher-forced logits and loss', async () => {
    const ids = compare.tensorOf('tok.ids');
    const hidden = model.forward(ids, model.condition(labels()));

    compare.expectParity('ar.logits', await model.logits(hidden).data());
    compare.expectParity('train.loss', await model.loss(hidden, ids).data());
  });

  it('gives the official gradients', async () => {
    const ids = compare.tensorOf('tok.ids');
    const gradients = await officialGradients(params, rules, (tree) => {
      const bound = llamaGenRecipe.bind(options, tree as LlamaGenParams, tokenizer);
      return bound.loss(bound.forward(ids, bound.condition(labels())), ids);
    });

    for (const name of fixture.io.keys()) {
      if (!name.startsWith('train.grad.')) continue;
      const gradient = gradients.get(name.slice('train.grad.'.length)) as HostTensor;
      compare.expectParity(name, toFloat32(gradient));
    }
    compare.expectParity(
      'train.grad_norms',
      fixture.config.train_param_order.map((name) => normOf(gradients.get(name) as HostTensor)),
    );
  });

  it('decodes the official ids and picture with cache and guidance', async () => {
    const nulls = new Int32Array(labels().length).fill(fixture.config.transformer.num_classes);
    const condition = model.condition(Int32Array.from([...labels(), ...nulls]));

    const tokens = await expectGreedy(model, { condition, logitsOf: model.logits, name: 'gen' });

    const ids = tf.tensor2d(tokens, [labels().length, side() ** 2], 'int32');
    const pictures = tokenizer.decodeCodes(tokenizer.codesOf(ids));
    compare.expectParity('gen.image', await channelsFirst(pictures));
  });

  it('decodes the official ids of captions with cache and guidance', async () => {
    const { n_layer: depth, cls_token_num, caption_dim } = fixture.config.transformer_t2i;
    const captionOptions = {
      ...options,
      depth,
      caption: { tokens: cls_token_num, channels: caption_dim },
    };
    const template = llamaGenRecipe.init(captionOptions, tokenizer, initializer([0, 0]));
    const weights = importParams(
      template,
      llamaGenRecipe.importRules(captionOptions, template),
      fixture.weights('gpt_t2i.'),
    );
    const once = compare.tensorOf('t2i.caption') as tf.Tensor3D;
    const real = await compare.tensorOf('t2i.mask').data();
    const captions = {
      features: tf.concat([once, once], 0),
      isReal: Uint8Array.from([...real, ...real]),
    };

    const bound = bindCaptions(captionOptions, weights, { tokenizer, captions, isGuided: true });

    await expectGreedy(bound.model, {
      condition: bound.condition,
      logitsOf: bound.logits,
      name: 't2i.gen',
    });
    disposeParams(template);
  });

  it.each([
    ['sampler.keep_mask_k5', { topK: 5 }],
    ['sampler.keep_mask_p90', { topP: 0.9 }],
    ['sampler.keep_mask_k9p80', { topK: 9, topP: 0.8 }],
  ])('keeps the official tokens: %s', async (name, sampling) => {
    const vocabulary = fixture.config.tokenizer.codebook_size;
    const logits = await compare.tensorOf('sampler.logits').data<'float32'>();
    const kept: number[] = [];
    for (let at = 0; at < logits.length; at += vocabulary) {
      const probabilities = filterLogits(logits.subarray(at, at + vocabulary), sampling);
      kept.push(...Array.from(probabilities, (p) => (p > 0 ? 1 : 0)));
    }

    compare.expectIds(name, kept);
  });

  it('exports the weights it imported, bit for bit', async () => {
    const exported = await exportParams(params, rules);
    for (const [name, tensor] of exported) {
      const original = fixture.weights('gpt.').get(name) as HostTensor;
      expect(largestDifference(toFloat32(tensor), toFloat32(original)), name).toBe(0);
    }
  });

  it('leaves no stored tensor unread', () => {
    const unread = [...fixture.io.keys()].filter((name) => !compare.seen.has(name));

    expect(unread).toEqual([]);
  });
});
