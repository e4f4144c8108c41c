import { exportParams, importParams, initializer, linear, toFloat32 } from '@nextx/core';
import type { HostTensor } from '@nextx/core';
import {
  comparison,
  describeParity,
  largestDifference,
  loadFixture,
  readFixtureJson,
} from '@nextx/core/testing';
import type { Comparison, Fixture } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { mixerLayer, mixFeatures, mixPatches } from '../layers/time-mixer.ts';
import { channelRows } from '../tokenizers/channel-rows.ts';
import { normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import { levelFactor, mixLevel, patchTokens, ttmForecast, ttmRecipe, withPrefix } from './ttm.ts';
import type { TtmOptions, TtmParams } from './ttm.ts';

interface Config {
  readonly tiny_config: {
    readonly context_length: number;
    readonly patch_length: number;
    readonly prediction_length: number;
    readonly d_model: number;
    readonly num_layers: number;
    readonly adaptive_patching_levels: number;
    readonly decoder_num_layers: number;
    readonly decoder_d_model: number;
    readonly expansion_factor: number;
    readonly resolution_prefix_tuning: boolean;
    readonly decoder_mode: 'common_channel' | 'mix_channel';
    readonly N: number;
  };
}

const source = { modality: 'timeseries', system: 'ttm' };
const freqTable = 'backbone.encoder.freq_mod.0.weight';

describeParity('TTM', source, () => {
  const { tiny_config: given } = readFixtureJson<Config>('timeseries', 'ttm', 'config.json');
  // Other forms may store more than is compared here.
  const isPlain = !given.resolution_prefix_tuning && given.decoder_mode === 'common_channel';
  let fixture: Fixture<Config>;
  let compare: Comparison;
  let options: TtmOptions;
  let sizes: { readonly width: number; readonly levels: number };
  let params: TtmParams;
  let values: tf.Tensor3D;
  let resolutions: Int32Array;

  const rules = () => ttmRecipe.importRules?.(options, params) ?? [];
  const normalized = () => {
    const rows = channelRows(values);
    return normalizeRows(rows, rowStatistics(rows));
  };
  const tokens = () =>
    withPrefix(params.prefix, patchTokens(params.patcher, normalized()), {
      resolutions,
      variates: values.shape[2],
    });

  beforeAll(async () => {
    await tf.setBackend('cpu');
    fixture = await loadFixture<Config>(source.modality, source.system);
    compare = comparison(fixture);
    const tiny = fixture.config.tiny_config;
    const official = fixture.weights('');
    sizes = { width: tiny.d_model, levels: tiny.adaptive_patching_levels };
    options = ttmRecipe.parse({
      lookBack: tiny.context_length,
      horizon: tiny.prediction_length,
      patchLength: tiny.patch_length,
      ...sizes,
      layers: tiny.num_layers,
      decoderWidth: tiny.decoder_d_model,
      decoderLayers: tiny.decoder_num_layers,
      expansion: tiny.expansion_factor,
      ...(tiny.resolution_prefix_tuning && { resolutions: official.get(freqTable)?.shape[0] }),
      ...(tiny.decoder_mode === 'mix_channel' && { mixedVariates: tiny.N }),
    });
    params = ttmRecipe.init(options, initializer([1, 1]));
    params = importParams(params, rules(), official);
    values = compare.tensorOf('x') as tf.Tensor3D;
    const rates = [...fixture.io.keys()].find((name) => /freq|resolution/.test(name));
    resolutions = rates === undefined ? new Int32Array(values.shape[0]) : compare.integers(rates);
  });

  it('normalizes windows and embeds their patches', async () => {
    const { mean, deviation } = rowStatistics(channelRows(values));
    const rows = normalized();

    compare.expectParity('loc', await mean.data());
    compare.expectParity('scale', await deviation.data());
    const unread = rows.shape[1] % (options.patchLength ?? 0);
    compare.expectParity('patches', await tf.slice(rows, [0, unread]).data());
    compare.expectParity('patch_embed', await patchTokens(params.patcher, rows).data());
  });

  it('mixes patches, then features, level by level', async () => {
    const x = tokens();
    const [rows, patches, width] = x.shape;
    const factor = levelFactor(sizes, 0);
    const [first] = params.levels[0];
    const cut: tf.Tensor3D = tf.reshape(x, [rows, patches * factor, width / factor]);
    const acrossPatches = first.patches === undefined ? cut : mixPatches(first.patches, cut);
    compare.expectParity('patch_mixer0', await acrossPatches.data());
    compare.expectParity('feature_mixer0', await mixFeatures(first.features, acrossPatches).data());

    let encoded = x;
    for (const [level, layers] of params.levels.entries()) {
      encoded = mixLevel(layers, encoded, { factor: levelFactor(sizes, level) });
      compare.expectParity(`level${level}_out`, await encoded.data());
    }

    const adapted = params.adapter === undefined ? encoded : linear(params.adapter, encoded);
    const decoded = params.decoder.reduce((stream, layer) => mixerLayer(layer, stream), adapted);
    compare.expectParity('decoder_out', await decoded.data());
  });

  it('forecasts in the original scale, in which the loss is taken', async () => {
    const forecast = ttmForecast(options, params, { values, resolutions });
    const future = compare.tensorOf('future') as tf.Tensor3D;

    compare.expectParity('y', await forecast.data());
    compare.expectParity('loss', await tf.mean(tf.square(tf.sub(forecast, future))).data());
    const forecaster = ttmRecipe.bind(options, params);
    const ofRecipe = forecaster.loss({ values: tf.concat([values, future], 1) });
    // The recipe's series have one sampling rate.
    if (resolutions.every((one) => one === options.resolution)) {
      compare.expectParity('loss', await ofRecipe.data());
    }
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

  it.skipIf(!isPlain)('leaves no stored tensor unread', () => {
    expect([...fixture.io.keys()].filter((name) => !compare.seen.has(name))).toEqual([]);
  });
});
