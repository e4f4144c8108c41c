import {
  additiveMask,
  areaMatrix,
  bicubicMatrix,
  conv2d,
  decode,
  exportParams,
  filterLogits,
  importParams,
  initializer,
  learningRateAt,
  planLength,
  resizeMaps,
  stepCount,
  toFloat32,
  transformer,
  visibleMask,
  weightDecayAt,
} from '@nextx/core';
import type { HostTensor, ImportRule } from '@nextx/core';
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
import { keptTokens } from '../edit.ts';
import { decodeLatents, encodeImages } from '../tokenizers/conv-autoencoder.ts';
import { initMultiScaleVq, multiScaleVq } from '../tokenizers/multi-scale-vq.ts';
import type { MultiScaleVq, MultiScaleVqParams } from '../tokenizers/multi-scale-vq.ts';
import type { ImageSequenceModel } from './image-recipe.ts';
import {
  comparison,
  normOf,
  officialGradients,
  tappedNorm,
  useWasm,
} from './parity.test-support.ts';
import type { Comparison } from './parity.test-support.ts';
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
    readonly downsample: number;
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

const isAbsent = !hasFixture('image', 'var');

describe.skipIf(isAbsent)(`VAR, parity with ${fixtureFolder('image', 'var')}`, () => {
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
    const [, , side] = (fixture.io.get('tok.image') as HostTensor).shape;
    tokenizerOptions = {
      imageSize: side,
      imageChannels: 3,
      channels: sizes.ch,
      multipliers: sizes.ch_mult,
      blocksPerLevel: sizes.num_res_blocks,
      groups: sizes.norm_groups,
      latentChannels: sizes.z_channels,
      codebookSize: sizes.vocab_size,
      sides: sizes.patch_nums,
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
    for (const to of [1, 2, 3].filter((s) => fixture.io.has(`op.area.${s}`))) {
      const small = resizeMaps(x, areaMatrix(side, to));
      const back = resizeMaps(small, bicubicMatrix(to, side));

      compare.expectParity(`op.area.${to}`, await channelsFirst(small));
      compare.expectParity(`op.bicubic.${to}`, await channelsFirst(back));
    }
  });

  it('runs the encoder as the official one', async () => {
    const { encoder } = tokenizer.params;
    const groups = fixture.config.tokenizer.norm_groups;
    const [items, channels, side] = (fixture.io.get('tok.enc.conv_in') as HostTensor).shape.slice(
      0,
      3,
    );
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
    const first = tf.slice(ids, [0, 0], [1, 1]) as tf.Tensor2D;
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

  it('decodes the official ids and picture with cache and guidance', async () => {
    const { cfg } = fixture.config.sampling;
    const items = labels().length;
    const nulls = new Int32Array(items).fill(fixture.config.transformer.num_classes);
    const condition = model.condition(Int32Array.from([...labels(), ...nulls]));
    const logits: Float32Array[] = [];
    const steps = scales().length;
    const recording = {
      ...model,
      sample: async (hidden: tf.Tensor3D, context: Parameters<typeof model.sample>[1]) => {
        const both = model.logits(hidden);
        const [conditional, free] = tf.split(both, 2, 0);
        const { guidanceScale } = context;
        const combined = free.add(conditional.sub(free).mul(guidanceScale));
        logits.push(await combined.data<'float32'>());
        return model.sample(hidden, context);
      },
    };
    let tokens: Int32Array = new Int32Array(0);
    for await (const step of decode(recording, {
      seeds: Array.from({ length: items }, (_, item) => BigInt(item)),
      condition,
      guidanceScaleAt: (step) => 1 + (cfg * step) / (steps - 1),
      sampling: { topK: 1 },
    })) {
      tokens = step.tokens as Int32Array;
    }

    const ids = tf.tensor2d(tokens, [items, tokens.length / items], 'int32');
    const rows = (await ids.array()) as number[][];
    let at = 0;
    for (const [scale, side] of scales().entries()) {
      compare.expectParity(`gen.cfg_logits.${scale}`, logits[scale]);
      const map = rows.flatMap((row) => row.slice(at, at + side ** 2));
      compare.expectIds(`gen.ids.${scale}`, map);
      at += side ** 2;
    }
    const [, ...rest] = tokenizer.accumulate(ids, steps);
    compare.expectParity('gen.fhat', await channelsFirst(rest[rest.length - 1]));
    const picture = tokenizer.decode(ids).add(1).div(2);
    compare.expectParity('gen.image', await channelsFirst(picture));
  });

  it.each([
    ['sampler.keep_mask_k5', { topK: 5 }],
    ['sampler.keep_mask_p90', { topP: 0.9 }],
    ['sampler.keep_mask_k9p80', { topK: 9, topP: 0.8 }],
  ])('keeps the official tokens: %s', async (name, sampling) => {
    const vocabulary = fixture.config.tokenizer.vocab_size;
    const logits = await compare.tensorOf('sampler.logits').data<'float32'>();
    const kept: number[] = [];
    for (let at = 0; at < logits.length; at += vocabulary) {
      const probabilities = filterLogits(logits.subarray(at, at + vocabulary), sampling);
      kept.push(...Array.from(probabilities, (p) => (p > 0 ? 1 : 0)));
    }

    compare.expectIds(name, kept);
  });

  it('weighs codes for smoothed pictures as the official code', async () => {
    const weights = softCodeWeights(
      compare.tensorOf('sampler.logits'),
      compare.tensorOf('gumbel.exp_noise'),
      0.2,
    );

    compare.expectParity('gumbel.soft', await weights.data());
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

  it('exports the weights it imported, bit for bit', async () => {
    const exported = await exportParams(params, rules);
    for (const [name, tensor] of exported) {
      const original = fixture.weights('var.').get(name) as HostTensor;
      expect(largestDifference(toFloat32(tensor), toFloat32(original)), name).toBe(0);
    }
  });

  it('leaves no stored tensor unread', () => {
    const unread = [...fixture.io.keys()].filter((name) => !compare.seen.has(name));

    expect(unread).toEqual([]);
  });
});
