import { exportParams, importParams, initializer, toFloat32, transformer } from '@nextx/core';
import type { Attention, AttentionParams, HostTensor, Norm, NormParams } from '@nextx/core';
import { comparison, describeParity, largestDifference, loadFixture } from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { channelRows } from '../tokenizers/channel-rows.ts';
import { normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import { variateTokens } from '../tokenizers/variate-tokens.ts';
import { iTransformerParts, iTransformerRecipe } from './itransformer.ts';
import type { ITransformerOptions, ITransformerParams } from './itransformer.ts';

interface Config {
  readonly tiny_config: {
    readonly seq_len: number;
    readonly pred_len: number;
    readonly d_model: number;
    readonly d_ff: number;
    readonly heads: number;
    readonly layers: number;
  };
}

const source = { modality: 'timeseries', system: 'itransformer' };

describeParity('iTransformer', source, () => {
  let fixture: Fixture<Config>;
  let compare: Comparison;
  let options: ITransformerOptions;
  let params: ITransformerParams;
  let values: tf.Tensor3D;
  let marks: tf.Tensor3D;

  const rules = () => iTransformerRecipe.importRules?.(options, params) ?? [];
  const tokens = () => {
    const rows = channelRows(values);
    const normalized = normalizeRows(rows, rowStatistics(rows));
    return variateTokens(params.embedding, { rows: normalized, batch: values.shape[0], marks });
  };

  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>(source.modality, source.system);
    compare = comparison(fixture);
    const { seq_len, pred_len, d_model, d_ff, heads, layers } = fixture.config.tiny_config;
    options = {
      lookBack: seq_len,
      horizon: pred_len,
      width: d_model,
      hidden: d_ff,
      heads,
      blocks: layers,
    };
    params = iTransformerRecipe.init(options, initializer([1, 1]));
    params = importParams(params, rules(), fixture.weights(''));
    values = compare.tensorOf('x') as tf.Tensor3D;
    marks = compare.tensorOf('x_mark') as tf.Tensor3D;
  });

  it('embeds variates and time features as tokens', async () => {
    compare.expectParity('embed', await tokens().data());
  });

  it('weighs tokens by the official attention', async () => {
    const { attention } = iTransformerParts(options);
    const weights = attentionWeights(attention, params.backbone.blocks[0].attention, tokens());

    compare.expectParity('attn0', await weights.data());
  });

  it('gives the official rows of the first block and of the encoder', async () => {
    const parts = iTransformerParts(options);
    const outputs = new Map<NormParams, tf.Tensor>();
    const norm: Norm = {
      init: parts.norm.init,
      apply: (weights, x) => {
        const normed = parts.norm.apply(weights, x);
        outputs.set(weights, tf.keep(normed.clone()));
        return normed;
      },
    };

    const encoded = transformer({ ...parts, norm }).forward(params.backbone, { x: tokens() });

    const first = outputs.get(params.backbone.blocks[0].mlpNorm) as tf.Tensor;
    compare.expectParity('layer0_out', await first.data());
    compare.expectParity('encoder_out', await encoded.data());
  });

  it('forecasts as the official code, with time features, without, and without normalization', async () => {
    const forecaster = iTransformerRecipe.bind(options, params);
    const raw = iTransformerRecipe.bind({ ...options, isNormalized: false }, params);

    compare.expectParity('y', await forecaster.predict({ values, marks }).data());
    compare.expectParity('y_nomark', await forecaster.predict({ values }).data());
    compare.expectParity('y_nonorm', await raw.predict({ values }).data());
  });

  it('exports the weights it imported, bit for bit', async () => {
    const originals = fixture.weights('');
    const exported = await exportParams(params, rules());

    expect([...exported.keys()].toSorted()).toEqual([...originals.keys()].toSorted());
    for (const [name, tensor] of exported) {
      const original = originals.get(name) as HostTensor;
      expect(largestDifference(toFloat32(tensor), toFloat32(original)), name).toBe(0);
    }
  });

  it('leaves no stored tensor unread', () => {
    expect([...fixture.io.keys()].filter((name) => !compare.seen.has(name))).toEqual([]);
  });
});

/** Weights `[B, H, n, n]` of an attention, read off values that are rows of the identity, a head's width at a time. */
function attentionWeights(
  attention: Attention,
  params: AttentionParams,
  x: tf.Tensor3D,
): tf.Tensor4D {
  const { heads, headSize } = attention;
  const [batch, count, width] = x.shape;
  const reading = { ...params, output: { weight: tf.eye(width) as tf.Tensor2D } };
  const pieces = Array.from({ length: Math.ceil(count / headSize) }, (_, piece) => {
    const marked = tf.tidy(() => {
      const rows = tf.eye(count, (piece + 1) * headSize).slice([0, piece * headSize]);
      return tf.tile(rows.reshape([1, 1, count, headSize]), [batch, heads, 1, 1]) as tf.Tensor4D;
    });
    const remember = (keys: tf.Tensor4D) => ({ keys, values: marked, count });
    const mixed = attention.apply(reading, x, { remember });
    return mixed.reshape([batch, count, heads, headSize]).transpose([0, 2, 1, 3]) as tf.Tensor4D;
  });
  return tf.concat(pieces, 3).slice([0, 0, 0, 0], [-1, -1, -1, count]);
}
