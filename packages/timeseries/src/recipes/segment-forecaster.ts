import { assertShape } from '@nextx/core';
import type { Key, ParamTree } from '@nextx/core';
import { mean, reshape, slice, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { denormalizeRows, normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import { segmentMarks, segmentsOf } from '../tokenizers/segments.ts';
import type { RowStatistics } from '../tokenizers/instance-norm.ts';
import type { Forecaster, Windows } from './forecast-recipe.ts';
import type { SegmentNetwork, TokenContext } from './segment-network.ts';
import { openSegmentState } from './segment-state.ts';

/**
 * A forecaster of one segment at a time, as AutoTimes and GPHT have it: variates are independent, each window is
 * normalized by its own mean and deviation, every token is trained to forecast the segment after it, in the units of
 * the window, and the last token gives the forecast.
 *
 * @param options  `lookBack`: past values of an evaluation, a multiple of the network's segment; `params`: the weights
 * that the network is bound to.
 */
export function segmentForecaster(
  network: SegmentNetwork,
  { lookBack, params }: { readonly lookBack: number; readonly params: ParamTree },
): Forecaster {
  const { segment } = network;
  return {
    lookBack,
    horizon: segment,
    params,
    predict: (windows) => {
      const [, length, variates] = windows.values.shape;
      return tidy(() => {
        const outputs = segmentOutputs(network, windows);
        const last = slice(outputs, [0, length - segment], [-1, segment]);
        return joinChannels(last, variates);
      });
    },
    loss: (windows, key) => {
      const { values } = windows;
      assertShape('segmentForecaster: values', values, [null, lookBack + segment, null]);
      return tidy(() => {
        const [batch, , variates] = values.shape;
        const past = slice(values, [0, 0, 0], [batch, lookBack, variates]);
        const following = slice(values, [0, segment, 0], [batch, lookBack, variates]);
        const outputs = segmentOutputs(network, { ...windows, values: past }, { key });
        return mean(square(sub(outputs, channelRows(following)))) as Scalar;
      });
    },
    open: (windows) => openSegmentState(network, windows, lookBack),
  };
}

/**
 * What every token of a window forecasts, in the window's units: the values at segment i are those of segment i + 1.
 *
 * @param windows  `[B, L, V]`, L a multiple of the segment; borrowed.
 * @param options  `key` draws dropout; `statistics` are those of the window where not given.
 * @returns `[B · V, L]`; owned by the caller.
 */
export function segmentOutputs(
  network: SegmentNetwork,
  { values, marks }: Windows,
  { key, statistics }: { readonly key?: Key | undefined; readonly statistics?: RowStatistics } = {},
): Tensor2D {
  const [batch, length, variates] = values.shape;
  const { segment } = network;
  return tidy(() => {
    const rows = channelRows(values);
    const scale = statistics ?? rowStatistics(rows);
    const segments = segmentsOf(normalizeRows(rows, scale), segment);
    const context: TokenContext = {
      ...(marks && {
        marks: segmentMarks(marks, { segment, segments: segments.shape[1], variates }),
      }),
      ...(key && { key }),
    };
    const outputs: Tensor3D = network.forward(segments, context);
    return denormalizeRows(reshape(outputs, [batch * variates, length]), scale);
  });
}
