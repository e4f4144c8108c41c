import {
  additiveMask,
  areaMatrix,
  bicubicMatrix,
  conv2d,
  importParams,
  initializer,
  learningRateAt,
  planLength,
  resizeMaps,
  stepCount,
  transformer,
  visibleMask,
  weightDecayAt,
} from '@nextx/core';
import type { HostTensor, ImportRule } from '@nextx/core';
import { comparison, channelsFirst, describeParity, loadFixture } from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { keptTokens } from '../edit.ts';
import { decodeLatents, encodeImages } from '../tokenizers/conv-autoencoder.ts';
import { refinementOfScale } from '../tokenizers/multi-scale-quantizer.ts';
import { initMultiScaleVq, multiScaleVq } from '../tokenizers/multi-scale-vq.ts';
import type { MultiScaleVq, MultiScaleVqParams } from '../tokenizers/multi-scale-vq.ts';
import type { ImageSequenceModel } from './image-recipe.ts';
import {
  declareSharedParity,
  decodeGreedily,
  officialGradients,
  tappedNorm,
  useWasm,
} from './parity.test-support.ts';
import { softCodeWeights } from './var-smooth.ts';
import { varRecipe, varTransformerParts } from './var.ts';
import type { VarParams } from './var.ts';

interface Config {
  readonly tokenizer: {
    readonly ch: number;
    readonly ch_mult: number[];
    readonly num_res_blocks: number;
    readonly norm_groups: number;
    readonly vocab_size: number;
    readonly z_channels: number;
    readonly patch_nums: number[];
    readonly quant_resi: number;
    readonly share_quant_resi: number;
    readonly phi_index_per_scale: number[];
  };
  readonly transformer: {
    readonly depth: number;
    readonly embed_dim: number;
    readonly num_heads: number;
    readonly mlp_ratio: number;
    readonly num_classes: number;
    readonly shared_aln: boolean;
    readonly attn_l2_norm: boolean;
  };
  readonly sampling: { readonly cfg: number };
  readonly train_param_order: string[];
  readonly tok_param_order: string[];
}

describeParity('VAR', { modality: 'image', system: 'var' }, () => {
  let fixture: Fixture<Config>;
  let tokenizer: MultiScaleVq;
  let tokenizerTemplate: MultiScaleVqParams;
  let model: ImageSequenceModel;
  let params: VarParams;
  let rules: readonly ImportRule[];
  let options: Parameters<typeof varRecipe.bind>[0];
  let tokenizerOptions: Parameters<typeof multiScaleVq>[0];

  let compare: Comparison;

  const images = (): tf.Tensor4D => compare.tensorOf('tok.image').transpose([0, 2, 3, 1]);
  const scales = () => fixture.config.tokenizer.patch_nums;
  const labels = (): Int32Array => compare.integers('ar.labels');

  beforeAll(async () => {
    await useWasm();
    fixture = await loadFixture<Config>('image', 'var');
    compare = comparison(fixture);
    const { tokenizer: sizes, transformer } = fixture.config;
    const [, imageChannels, side] = (fixture.io.get('tok.image') as HostTensor).shape;
    tokenizerOptions = {
      imageSize: side,
      imageChannels: imageChannels === 1 ? 1 : 3,
      channels: sizes.ch,
      multipliers: sizes.ch_mult,
      blocksPerLevel: sizes.num_res_blocks,
      groups: sizes.norm_groups,
      latentChannels: sizes.z_channels,
      codebookSize: sizes.vocab_size,
      sides: sizes.patch_nums,
      sharedConvolutions: sizes.share_quant_resi,
      residualRatio: sizes.quant_resi,
    };
    const start = initializer([0, 0]);
    tokenizerTemplate = initMultiScaleVq(tokenizerOptions, start);
    const { importRules } = multiScaleVq(tokenizerOptions, tokenizerTemplate);
    const tokenizerParams = importParams(tokenizerTemplate, importRules, fixture.weights('vae.'));
    tokenizer = multiScaleVq(tokenizerOptions, tokenizerParams);
    options = {
      depth: transformer.depth,
      width: transformer.embed_dim,
      heads: transformer.num_heads,
      classes: transformer.num_classes,
      mlpRatio: transformer.mlp_ratio,
      hasSharedAdaNorm: transformer.shared_aln,
      hasCosineAttention: transformer.attn_l2_norm,
    };
    const template = varRecipe.init(options, tokenizer, start);
    rules = varRecipe.importRules(options, template);
    params = importParams(template, rules, fixture.weights('var.'));
    model = varRecipe.bind(options, params, tokenizer);
  });

  it('resizes by area and by cubic convolution as the official quantizer does', async () => {
    const x = compare.tensorOf('op.x').transpose([0, 2, 3, 1]) as tf.Tensor4D;
    const [, side] = x.shape;
    const sizes = [...fixture.io.keys()].filter((name) => name.startsWith('op.area.'));
    for (const to of sizes.map((name) => Number(name.slice('op.area.'.length)))) {
      const small = resizeMaps(x, areaMatrix(side, to));
      const back = resizeMaps(small, bicubicMatrix(to, side));

      compare.expectParity(`op.area.${to}`, await channelsFirst(small));
      compare.expectParity(`op.bicubic.${to}`, await channelsFirst(back));
    }
  });

  it('refines each scale by the official convolution', () => {
    const { share_quant_resi: count, phi_index_per_scale } = fixture.config.tokenizer;

    expect(refinementOfScale(scales().length, count)).toEqual(phi_index_per_scale);
  });

  it('runs the encoder as the official one', async () => {
    const { encoder } = tokenizer.params;
    const groups = fixture.config.tokenizer.norm_groups;
    const [items, channels, side] = (fixture.io.get('tok.enc.conv_in') as HostTensor).shape;
    const first = tf.slice(
      conv2d(encoder.convIn, images()),
      [0, 0, 0, 0],
      [items, side, side, channels],
    );

    compare.expectParity('tok.enc.conv_in', await channelsFirst(first));
    const latents = encodeImages(encoder, images(), { groups });
    compare.expectParity('tok.enc.out', await channelsFirst(latents));
  });

  it('encodes pictures to the official latents and ids', async () => {
    compare.expectParity('tok.f', await channelsFirst(tokenizer.encodeLatents(images())));
    const ids = await tokenizer.encode(images()).array();
    let at = 0;
    for (const [scale, side] of scales().entries()) {
      const map = ids.flatMap((row) => row.slice(at, at + side ** 2));
      compare.expectIds(`tok.ids.${scale}`, map);
      at += side ** 2;
    }
  });

  it('sums the scales and decodes them to the official pictures', async () => {
    const ids = tokenizer.encode(images());
    const sums = tokenizer.accumulate(ids, scales().length);
    for (const [scale, sum] of sums.entries()) {
      compare.expectParity(`tok.fhat.${scale}`, await channelsFirst(sum.clone()));
    }
    compare.expectParity('tok.rec', await channelsFirst(tokenizer.decode(ids)));
    const first = tf.slice(ids, [0, 0], [1, scales()[0] ** 2]) as tf.Tensor2D;
    const partial = tokenizer.decodePartial?.(first) as tf.Tensor4D;
    compare.expectParity('tok.rec_stage0', await channelsFirst(partial));
  });

  it('feeds the scales the official inputs', async () => {
    const ids = compare.tensorOf('ar.targets') as tf.Tensor2D;
    const sums = tokenizer.accumulate(ids, scales().length - 1);
    const last = scales()[scales().length - 1];
    const rows = sums.map((sum, scale) => {
      const side = scales()[scale + 1];
      const map = side === last ? sum : resizeMaps(sum, areaMatrix(last, side));
      return map.reshape([sum.shape[0], side ** 2, -1]);
    });

    compare.expectParity('ar.tf_input', await tf.concat(rows, 1).data());
  });

  it('gives the official teacher-forced logits and loss', async () => {
    const ids = compare.tensorOf('ar.targets') as tf.Tensor2D;
    const hidden = model.forward(ids, model.condition(labels()));

    compare.expectParity('ar.logits', await model.logits(hidden).data());
    compare.expectParity('train.loss', await model.loss(hidden, ids).data());
  });

  it('sees what the official mask lets a position see', () => {
    const blocked = visibleMask(model.plan).map((isVisible) => 1 - isVisible);

    compare.expectIds('ar.attn_bias', blocked);
  });

  it('gives the official hidden states behind the first and the last block', async () => {
    const parts = varTransformerParts(options);
    const { norm, outputs } = tappedNorm(parts.norm, params.backbone);
    const ids = compare.tensorOf('ar.targets');
    const condition = model.condition(labels());
    const rows = model.inputs(ids, condition, { from: 0, to: stepCount(model.plan) });
    const mask = additiveMask(visibleMask(model.plan), planLength(model.plan));

    transformer({ ...parts, norm }).forward(params.backbone, { ...rows, mask, condition });

    compare.expectParity('ar.block0_out', await (outputs.first as tf.Tensor).data());
    compare.expectParity('ar.blockN_out', await (outputs.last as tf.Tensor).data());
  });

  it('gives the official gradients', async () => {
    const ids = compare.tensorOf('ar.targets') as tf.Tensor2D;
    const gradients = await officialGradients(params, rules, (tree) => {
      const bound = varRecipe.bind(options, tree as VarParams, tokenizer);
      return bound.loss(bound.forward(ids, bound.condition(labels())), ids);
    });

    compare.expectGradients('train', gradients, fixture.config.train_param_order);
  });

  it('gives the official losses and gradients of tokenizer training', async () => {
    const losses = tokenizer.loss(images(), [0, 0]).metrics;
    compare.expectParity('toktrain.rec_loss', await losses['reconstruction'].data());
    compare.expectParity('toktrain.vq_loss', await losses['quantization'].data());

    const sums = tokenizer.accumulate(tokenizer.encode(images()), scales().length);
    const { fromLatents, decoder } = tokenizer.params;
    const groups = fixture.config.tokenizer.norm_groups;
    const latents = conv2d(fromLatents, sums[sums.length - 1]);
    compare.expectParity(
      'toktrain.rec',
      await channelsFirst(decodeLatents(decoder, latents, { groups })),
    );

    const gradients = await officialGradients(
      tokenizer.params,
      tokenizer.importRules,
      (tree) =>
        multiScaleVq(tokenizerOptions, tree as MultiScaleVqParams).loss(images(), [0, 0]).loss,
    );
    compare.expectGradients('toktrain', gradients, fixture.config.tok_param_order);
  });

  it('decodes the official ids and picture with cache and guidance', async () => {
    const { cfg } = fixture.config.sampling;
    const items = labels().length;
    const nulls = new Int32Array(items).fill(fixture.config.transformer.num_classes);
    const condition = model.condition(Int32Array.from([...labels(), ...nulls]));
    const steps = scales().length;

    const { tokens, logits } = await decodeGreedily(model, {
      condition,
      logitsOf: model.logits,
      guidanceScaleAt: (step) => 1 + (cfg * step) / (steps - 1),
    });

    const ids = tf.tensor2d(tokens, [items, tokens.length / items], 'int32');
    const rows = (await ids.array()) as number[][];
    let at = 0;
    for (const [scale, side] of scales().entries()) {
      compare.expectParity(`gen.cfg_logits.${scale}`, await logits[scale].data());
      const map = rows.flatMap((row) => row.slice(at, at + side ** 2));
      compare.expectIds(`gen.ids.${scale}`, map);
      at += side ** 2;
    }
    const sums = tokenizer.accumulate(ids, steps);
    compare.expectParity('gen.fhat', await channelsFirst(sums[steps - 1]));
    const picture = tokenizer.decode(ids).add(1).div(2);
    compare.expectParity('gen.image', await channelsFirst(picture));
  });

  it('weighs codes for smoothed pictures as the official code', async () => {
    const stored = compare.tensorOf('sampler.logits');
    const vocabulary = stored.shape[stored.rank - 1] ?? 0;
    const logits = await stored.data();
    const noise = (await compare.tensorOf('gumbel.exp_noise').data()).map((x) => -Math.log(x));
    const weights: number[] = [];
    for (let at = 0; at < logits.length; at += vocabulary) {
      const row = [logits, noise].map((values) => values.subarray(at, at + vocabulary));
      weights.push(...softCodeWeights(row[0], row[1], 0.2));
    }

    compare.expectParity('gumbel.soft', weights);
  });

  it('keeps the cells of an edit that the official code keeps', () => {
    const kept = keptTokens([...compare.tensorOf('edit.mask').dataSync()], scales());
    let at = 0;
    for (const [scale, side] of scales().entries()) {
      compare.expectIds(`edit.keep.${scale}`, kept.subarray(at, at + side ** 2));
      at += side ** 2;
    }
  });

  it('follows the official learning rate and weight decay', async () => {
    const rows = (await compare.tensorOf('train.lr_curve').array()) as number[][];
    const totalSteps = 1000;

    for (const [step, rate, decay] of rows) {
      const expected = learningRateAt(
        { kind: 'lin0', peak: 1e-4, warmupSteps: 20, warmupStart: 0.005, totalSteps, end: 0.1 },
        step,
      );
      expect(Math.abs(expected / rate - 1), `rate of ${step}`).toBeLessThan(1e-5);
      const weightDecay = weightDecayAt({ start: 0.05, end: 0.08, totalSteps }, step);
      expect(Math.abs(weightDecay / decay - 1), `decay of ${step}`).toBeLessThan(1e-5);
    }
  });

  declareSharedParity(() => ({
    fixture,
    compare,
    imported: { params, rules, prefix: 'var.' },
  }));
});
