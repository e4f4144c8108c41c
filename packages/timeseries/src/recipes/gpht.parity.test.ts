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
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import { pooledSegments } from '../tokenizers/pooled-segments.ts';
import { segmentsOf } from '../tokenizers/segments.ts';
import { sinusoidalPositions } from '../tokenizers/sinusoidal-positions.ts';
import {
  gphtNetwork,
  gphtParts,
  gphtRecipe,
  laterBySegment,
  parseGphtOptions,
  stageTokens,
} from './gpht.ts';
import type { GphtParams } from './gpht.ts';
import { segmentOutputs } from './segment-forecaster.ts';

interface Config {
  readonly tiny_config: {
    readonly token_len: number;
    readonly pool: number[];
    readonly d: number;
    readonly ff: number;
    readonly heads: number;
    readonly layers: number;
    readonly seq: number;
  };
}

describeParity('GPHT', { modality: 'timeseries', system: 'gpht' }, () => {
  let fixture: Fixture<Config>;
  let compare: Comparison;
  let options: ReturnType<typeof parseGphtOptions>;
  let params: GphtParams;
  let values: tf.Tensor3D;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>('timeseries', 'gpht');
    compare = comparison(fixture);
    const sizes = fixture.config.tiny_config;
    options = parseGphtOptions({
      segment: sizes.token_len,
      lookBack: sizes.seq,
      rates: sizes.pool,
      depth: sizes.layers,
      width: sizes.d,
      heads: sizes.heads,
      hidden: sizes.ff,
    });
    const template = gphtRecipe.init(options, initializer([0, 0]));
    params = importParams(
      template,
      gphtRecipe.importRules?.(options, template) ?? [],
      fixture.weights(''),
    );
    values = compare.tensorOf('x') as tf.Tensor3D;
  });

  it('has the official table of positions', async () => {
    const [count, width] = (fixture.io.get('pos_table') as HostTensor).shape;

    compare.expectParity('pos_table', await sinusoidalPositions([0, count], width).data());
  });

  it('gives the official residuals, tokens, hidden states and forecasts of every stage', async () => {
    const variates = values.shape[2];
    const joined = (segments: tf.Tensor3D): tf.Tensor3D =>
      joinChannels(segments.reshape([segments.shape[0], -1]), variates);
    const rows = channelRows(values);
    let residual = segmentsOf(normalizeRows(rows, rowStatistics(rows)), options.segment);
    const mask = causalMask(residual.shape[1]) as tf.Tensor;
    const encoder = transformer(gphtParts(options));

    for (const [index, stage] of params.stages.entries()) {
      compare.expectParity(`stage${index}_in`, await joined(residual).data());
      const patches = pooledSegments(residual, options.rates[index]);
      compare.expectParity(`stage${index}_patches`, await patches.data());
      const x = stageTokens(options, stage, { residual, index, first: 0 });
      compare.expectParity(`stage${index}_tokens`, await x.data());
      const hidden = encoder.forward(stage.backbone, { x, mask });
      compare.expectParity(`stage${index}_encoded`, await hidden.data());
      const output = linear(stage.head, hidden);
      compare.expectParity(`stage${index}_out`, await joined(output).data());
      residual = residual.sub(laterBySegment(output));
    }
  });

  it('forecasts from every token of a window as the official code', async () => {
    const outputs = segmentOutputs(gphtNetwork(options, params), { values });

    compare.expectParity('y', await joinChannels(outputs, values.shape[2]).data());
  });

  it('rolls the official forecast, with statistics of each slid window', async () => {
    const [, horizon] = (fixture.io.get('rolled_pred') as HostTensor).shape;

    const forecast = rollForecast(gphtRecipe.bind(options, params), { values }, horizon);

    compare.expectParity('rolled_pred', await forecast.data());
  });

  it('exports the weights it imported, bit for bit', async () => {
    const originals = fixture.weights('');
    const rules = gphtRecipe.importRules?.(options, params) ?? [];
    for (const [name, tensor] of await exportParams(params, rules)) {
      const original = toFloat32(originals.get(name) as HostTensor);
      expect(largestDifference(toFloat32(tensor), original), name).toBe(0);
    }
  });

  it('leaves no stored tensor unread', () => {
    expect([...fixture.io.keys()].filter((name) => !compare.seen.has(name))).toEqual([]);
  });
});
