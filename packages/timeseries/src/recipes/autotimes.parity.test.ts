import {
  exportParams,
  importParams,
  initializer,
  linear,
  toFloat32,
  transformer,
} from '@nextx/core';
import type { HostTensor } from '@nextx/core';
import { comparison, describeParity, largestDifference, loadFixture } from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { rollForecast } from '../roll-forecast.ts';
import { causalMask } from '../tokenizers/causal-mask.ts';
import { channelRows } from '../tokenizers/channel-rows.ts';
import { instanceNorm } from '../tokenizers/row-scaling.ts';
import { segmentMarks, segmentsOf } from '../tokenizers/segments.ts';
import {
  autoTimesNetwork,
  autoTimesRecipe,
  autoTimesTransformerParts,
  embedSegments,
  parseAutoTimesOptions,
} from './autotimes.ts';
import type { AutoTimesParams } from './autotimes.ts';
import type { Windows } from './forecast-recipe.ts';
import { segmentOutputs } from './segment-forecaster.ts';

interface Config {
  readonly tiny_config: {
    readonly token_len: number;
    readonly seq_len: number;
    readonly hidden: number;
    readonly heads: number;
    readonly layers: number;
    readonly n_positions: number;
    readonly ff: number;
    readonly mlp_hidden_layers: number;
    readonly mlp_hidden_dim: number;
  };
}

describeParity('AutoTimes', { modality: 'timeseries', system: 'autotimes' }, () => {
  let fixture: Fixture<Config>;
  let compare: Comparison;
  let options: ReturnType<typeof parseAutoTimesOptions>;
  let params: AutoTimesParams;
  let windows: Windows;

  const rows = (): tf.Tensor2D => channelRows(windows.values);
  const segments = (): tf.Tensor3D =>
    segmentsOf(instanceNorm.normalize(rows(), instanceNorm.statistics(rows())), options.segment);
  const embedded = (): tf.Tensor3D => {
    const { segment } = options;
    const [, count] = segments().shape;
    const variates = windows.values.shape[2];
    const marks = segmentMarks(windows.marks as tf.Tensor3D, {
      segment,
      segments: count,
      variates,
    });
    return embedSegments(options, params, { segments: segments(), marks });
  };

  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>('timeseries', 'autotimes');
    compare = comparison(fixture);
    const sizes = fixture.config.tiny_config;
    options = parseAutoTimesOptions({
      segment: sizes.token_len,
      lookBack: sizes.seq_len,
      width: sizes.hidden,
      heads: sizes.heads,
      depth: sizes.layers,
      positions: sizes.n_positions,
      hidden: sizes.ff,
      mapLayers: sizes.mlp_hidden_layers,
      mapHidden: sizes.mlp_hidden_dim,
      timestamps: 'embeddings',
    });
    const template = autoTimesRecipe.init(options, initializer([0, 0]));
    const rules = autoTimesRecipe.importRules?.(options, template) ?? [];
    params = importParams(template, rules, fixture.weights(''));
    // The fixture has the marks of segment beginnings; the recipe picks them out of the marks of all times.
    const marks = compare.tensorOf('marks') as tf.Tensor3D;
    const [batch, count, features] = marks.shape;
    const everyTime = marks
      .expandDims(2)
      .tile([1, 1, options.segment, 1])
      .reshape<tf.Tensor3D>([batch, count * options.segment, features]);
    windows = { values: compare.tensorOf('x') as tf.Tensor3D, marks: everyTime };
  });

  it('normalizes each window of each variate and cuts it into the official segments', async () => {
    const { mean, deviation } = instanceNorm.statistics(rows());

    compare.expectParity('x_ci', await rows().data());
    compare.expectParity('mean', await mean.data());
    compare.expectParity('std', await deviation.data());
    compare.expectParity('segments', await segments().data());
  });

  it('embeds segments, and mixes in the timestamps of their beginnings', async () => {
    compare.expectParity('seg_embed', await linear(params.encoder[0], segments()).data());
    compare.expectParity('mixed_embed', await embedded().data());
  });

  it('gives the hidden states of GPT-2 behind its first block and at the end', async () => {
    const parts = autoTimesTransformerParts(options);
    const places = params.positions.slice([0, 0], [segments().shape[1], -1]);
    const rowsIn = {
      x: embedded().add<tf.Tensor3D>(places),
      mask: causalMask(segments().shape[1]) as tf.Tensor,
    };
    const outputs: tf.Tensor[] = [];
    const norm = {
      ...parts.norm,
      apply: <T extends tf.Tensor>(weights: object, x: T): T => {
        if (weights === params.backbone.blocks[1].attentionNorm) outputs.push(tf.keep(x.clone()));
        return parts.norm.apply(weights, x);
      },
    };
    const hidden = transformer({ ...parts, norm }).forward(params.backbone, rowsIn);

    compare.expectParity('h0_out', await outputs[0].data());
    compare.expectParity('backbone_out', await hidden.data());
  });

  it('forecasts from every token of a window, with timestamps and without', async () => {
    const network = autoTimesNetwork(options, params);
    const plain = autoTimesNetwork({ ...options, timestamps: 'none' }, params);

    compare.expectParity('tf_out', await segmentOutputs(network, windows).data());
    compare.expectParity('tf_out_nomix', await segmentOutputs(plain, windows).data());
  });

  it('has the official training loss', async () => {
    const { segment } = options;
    const variates = windows.values.shape[2];
    const label = compare.tensorOf('label_next_segment');
    const following = label.reshape([-1, variates, segment]).transpose<tf.Tensor3D>([0, 2, 1]);
    const values = tf.concat([windows.values, following], 1);

    const loss = autoTimesRecipe.bind(options, params).loss({ ...windows, values });

    compare.expectParity('mse_loss', await loss.data());
  });

  it('rolls the official forecast, with statistics of each slid window', async () => {
    const stored = fixture.io.get('rolled_pred') as HostTensor;

    const forecast = rollForecast(autoTimesRecipe.bind(options, params), windows, stored.shape[1]);

    compare.expectParity('rolled_pred', await channelRows(forecast).data());
  });

  it('exports the weights it imported, bit for bit', async () => {
    const originals = fixture.weights('');
    const rules = autoTimesRecipe.importRules?.(options, params) ?? [];
    for (const [name, tensor] of await exportParams(params, rules)) {
      const original = toFloat32(originals.get(name) as HostTensor);
      expect(largestDifference(toFloat32(tensor), original), name).toBe(0);
    }
  });

  it('leaves no stored tensor unread', () => {
    expect([...fixture.io.keys()].filter((name) => !compare.seen.has(name))).toEqual([]);
  });
});
