import {
  additiveMask,
  disposeParams,
  importParams,
  initializer,
  l2Normalize,
  planLength,
  raster,
  stepCount,
  transformer,
  visibleMask,
} from '@nextx/core';
import type { HostTensor, ImportRule, RotaryRows, SequenceModel } from '@nextx/core';
import { comparison, channelsFirst, describeParity, loadFixture } from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, it } from 'vitest';
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
  declareSharedParity,
  decodeGreedily,
  officialGradients,
  tappedNorm,
  useWasm,
} from './parity.test-support.ts';

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

describeParity('LlamaGen', { modality: 'image', system: 'llamagen' }, () => {
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

  /** Compares the logits of every step and the ids. */
  const expectGreedy = async (
    name: string,
    sequence: SequenceModel,
    given: { condition: tf.Tensor; logitsOf: (hidden: tf.Tensor3D) => tf.Tensor3D },
  ): Promise<Int32Array> => {
    const guidanceScaleAt = () => fixture.config.sampling.cfg_scale;
    const { tokens, logits } = await decodeGreedily(sequence, { ...given, guidanceScaleAt });
    compare.expectParity(`${name}.cfg_logits`, await tf.concat([...logits], 1).data());
    compare.expectIds(`${name}.ids`, tokens);
    return tokens;
  };

  beforeAll(async () => {
    await useWasm();
    fixture = await loadFixture<Config>('image', 'llamagen');
    compare = comparison(fixture);
    const { tokenizer: sizes, transformer: gpt } = fixture.config;
    const [, imageChannels, imageSize] = (fixture.io.get('tok.image') as HostTensor).shape;
    tokenizerOptions = {
      imageSize,
      imageChannels: imageChannels === 1 ? 1 : 3,
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
    compare.expectGradients('toktrain', gradients, fixture.config.tok_param_order);
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

    compare.expectGradients('train', gradients, fixture.config.train_param_order);
  });

  it('decodes the official ids and picture with cache and guidance', async () => {
    const nulls = new Int32Array(labels().length).fill(fixture.config.transformer.num_classes);
    const condition = model.condition(Int32Array.from([...labels(), ...nulls]));

    const tokens = await expectGreedy('gen', model, { condition, logitsOf: model.logits });

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

    const { condition, logits: logitsOf } = bound;
    await expectGreedy('t2i.gen', bound.model, { condition, logitsOf });
    disposeParams(template);
  });

  declareSharedParity(() => ({
    fixture,
    compare,
    imported: { params, rules, prefix: 'gpt.' },
  }));
});
