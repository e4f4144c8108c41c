import { assertShape } from '@nextx/core';
import type { Key, ParamTree } from '@nextx/core';
import { mean, reshape, slice, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { channelRows } from '../tokenizers/channel-rows.ts';
import type { RowStatistics } from '../tokenizers/instance-norm.ts';
import { instanceNorm } from '../tokenizers/row-scaling.ts';
import type { RowScaling } from '../tokenizers/row-scaling.ts';
import { segmentMarks, segmentsOf } from '../tokenizers/segments.ts';
import type { Forecaster, Windows } from './forecast-recipe.ts';
import type { SegmentNetwork, TokenContext } from './segment-network.ts';
import { openSegmentState } from './segment-state.ts';
import { forecastQuantiles, forecastValues } from './token-forecast.ts';

/** A network and what it is given. */
export interface SegmentForecasterOptions {
  /** Past values of an evaluation, whole segments. */
  readonly lookBack: number;
  /** The weights that the network is bound to. */
  readonly params: ParamTree;
  /** @defaultValue instanceNorm */
  readonly scaling?: RowScaling;
}

/**
 * A forecaster from one segment to what follows it: variates are independent, each window is normalized by its own
 * statistics, and the last token gives the forecast. As AutoTimes and GPHT have it, training asks every token of the window for
 * the segment after it, by the squared error in the units of the window.
 */
export function segmentForecaster(
  network: SegmentNetwork,
  { lookBack, params, scaling = instanceNorm }: SegmentForecasterOptions,
): Forecaster {
  const { segment, horizon, levels } = network;
  const last = ({ values, marks }: Windows): Tensor2D => {
    const outputs = segmentOutputs(network, { values, ...(marks && { marks }) }, { scaling });
    const numbers = horizon * (levels?.length ?? 1);
    return slice(outputs, [0, outputs.shape[1] - numbers], [-1, numbers]);
  };
  const of = ({ values }: Windows) => ({ variates: values.shape[2], levels });
  return {
    lookBack,
    horizon,
    params,
    predict: (windows) => tidy(() => forecastValues(last(windows), of(windows))),
    ...(levels && {
      levels,
      quantiles: (windows: Windows) => tidy(() => forecastQuantiles(last(windows), of(windows))),
    }),
    loss: (windows, key) => {
      const { values } = windows;
      assertShape('segmentForecaster: values', values, [null, lookBack + segment, null]);
      return tidy(() => {
        const past = slice(values, [0, 0, 0], [-1, lookBack, -1]);
        const following = slice(values, [0, segment, 0], [-1, lookBack, -1]);
        const outputs = segmentOutputs(network, { ...windows, values: past }, { key, scaling });
        return mean(square(sub(outputs, channelRows(following)))) as Scalar;
      });
    },
    open: (windows) => openSegmentState(network, windows, { lookBack, scaling }),
  };
}

/**
 * What every token of a window forecasts, in the window's units, one token after another: of a network whose horizon is its
 * segment, at the place of segment i the forecast of segment i + 1.
 *
 * @param windows  `[B, L, V]`, L a multiple of the segment; borrowed.
 * @param options  `key` draws dropout; `statistics` are those of the window where not given.
 * @returns `[B · V, N · H]`, or `[B · V, N · H · levels]`; owned by the caller.
 */
export function segmentOutputs(
  network: SegmentNetwork,
  { values, marks }: Windows,
  {
    key,
    statistics,
    scaling = instanceNorm,
  }: {
    readonly key?: Key | undefined;
    readonly statistics?: RowStatistics;
    readonly scaling?: RowScaling;
  } = {},
): Tensor2D {
  const [batch, , variates] = values.shape;
  const { segment } = network;
  return tidy(() => {
    const rows = channelRows(values);
    const scale = statistics ?? scaling.statistics(rows);
    const segments = segmentsOf(scaling.normalize(rows, scale), segment);
    const sizes = { segment, segments: segments.shape[1], variates };
    const context: TokenContext = {
      ...(marks && { marks: segmentMarks(marks, sizes) }),
      ...(key && { key }),
    };
    const outputs = network.forward(segments, context);
    return scaling.denormalize(reshape(outputs, [batch * variates, -1]), scale);
  });
}
