import { assertShape } from '@nextx/core';
import type { Key, ParamTree } from '@nextx/core';
import { mean, reshape, slice, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { channelRows } from '../tokenizers/channel-rows.ts';
import type { RowStatistics } from '../tokenizers/instance-norm.ts';
import { instanceNorm } from '../tokenizers/row-scaling.ts';
import type { RowScaling } from '../tokenizers/row-scaling.ts';
import { segmentMarks, segmentsOf } from '../tokenizers/segments.ts';
import type { Forecaster, Windows } from './forecast-recipe.ts';
import type { SegmentNetwork, TokenContext } from './segment-network.ts';
import { openSegmentState } from './segment-state.ts';
import { forecastQuantiles, forecastValues, joinPaths, pathRows } from './token-forecast.ts';

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
  const { segment, horizon, levels, reading } = network;
  const last = (windows: Windows): Tensor2D => {
    const { outputs, statistics } = lastOutputs(network, windows, scaling);
    return scaling.denormalize(reading ? reading.forecast(outputs) : outputs, statistics);
  };
  const of = ({ values }: Windows) => ({ variates: values.shape[2], levels });
  const draw = reading?.draw;
  return {
    lookBack,
    horizon,
    params,
    predict: (windows) => tidy(() => forecastValues(last(windows), of(windows))),
    ...(levels && {
      levels,
      quantiles: (windows: Windows) => tidy(() => forecastQuantiles(last(windows), of(windows))),
    }),
    ...(draw && {
      paths: (windows: Windows, noise: Tensor3D) =>
        tidy(() => {
          const { outputs, statistics } = lastOutputs(network, windows, scaling);
          const [batch, , variates] = windows.values.shape;
          const drawn = draw(outputs, pathRows(noise, batch));
          const rows: Tensor2D = reshape(drawn, [batch * variates, -1]);
          return joinPaths(scaling.denormalize(rows, statistics), noise.shape, batch);
        }),
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

/** What the last token of a window says, `[B · V, E]`, and the units that it is in. */
function lastOutputs(
  network: SegmentNetwork,
  { values, marks }: Windows,
  scaling: RowScaling,
): { readonly outputs: Tensor2D; readonly statistics: RowStatistics } {
  const rows = channelRows(values);
  const statistics = scaling.statistics(rows);
  const outputs = normalizedOutputs(network, scaling.normalize(rows, statistics), {
    variates: values.shape[2],
    marks,
  });
  const [count, tokens, numbers] = outputs.shape;
  const last = slice(outputs, [0, tokens - 1, 0], [-1, 1, -1]);
  return { outputs: reshape(last, [count, numbers]), statistics };
}

/** `[R, L]` normalized rows to the outputs of all tokens, `[R, N, E]`. */
function normalizedOutputs(
  network: SegmentNetwork,
  rows: Tensor2D,
  {
    variates,
    marks,
    key,
  }: {
    readonly variates: number;
    readonly marks?: Tensor3D | undefined;
    readonly key?: Key | undefined;
  },
): Tensor3D {
  const { segment } = network;
  const segments = segmentsOf(rows, segment);
  const sizes = { segment, segments: segments.shape[1], variates };
  const context: TokenContext = {
    ...(marks && { marks: segmentMarks(marks, sizes) }),
    ...(key && { key }),
  };
  return network.forward(segments, context);
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
  return tidy(() => {
    const rows = channelRows(values);
    const scale = statistics ?? scaling.statistics(rows);
    const normalized = scaling.normalize(rows, scale);
    const context = { variates: values.shape[2], marks, key };
    const outputs = normalizedOutputs(network, normalized, context);
    return scaling.denormalize(reshape(outputs, [rows.shape[0], -1]), scale);
  });
}
