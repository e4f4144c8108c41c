import { OptionError } from '@nextx/core';
import { concat, dispose, keep, reshape, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { channelRows } from '../tokenizers/channel-rows.ts';
import type { RowStatistics } from '../tokenizers/instance-norm.ts';
import type { RowScaling } from '../tokenizers/row-scaling.ts';
import { segmentMarks, segmentsOf } from '../tokenizers/segments.ts';
import type { ForecastState, Windows } from './forecast-recipe.ts';
import type { SegmentMemory, SegmentNetwork } from './segment-network.ts';
import { forecastQuantiles, forecastValues } from './token-forecast.ts';
import type { TokenForecast } from './token-forecast.ts';

/** The last tokens read, for when the memory is full: what they hold and what is known of their times. */
type Recent = {
  segments: Tensor3D;
  marks?: Tensor3D;
};

/** All that a state is. */
interface Content {
  readonly scaling: RowScaling;
  readonly variates: number;
  /** Tokens of a look-back. */
  readonly tokens: number;
  readonly statistics: RowStatistics;
  readonly memory: SegmentMemory;
  readonly recent: Recent;
  /** `[R, E]`, normalized: the outputs of the last token. */
  readonly next: Tensor2D;
}

/**
 * Reads a past; see `SegmentState`.
 *
 * @param windows  `[B, T, V]`, T whole segments and at most what the network holds; borrowed.
 */
export function openSegmentState(
  network: SegmentNetwork,
  windows: Windows,
  { lookBack, scaling }: { readonly lookBack: number; readonly scaling: RowScaling },
): ForecastState {
  const [batch, , variates] = windows.values.shape;
  const statistics = kept(tidy(() => scaling.statistics(channelRows(windows.values))));
  const recent = kept(normalizedTokens({ network, scaling, statistics }, windows));
  const memory = openMemory(network, batch * variates);
  const next = keep(readTokens(memory, recent));
  const tokens = lookBack / network.segment;
  return new SegmentState(network, {
    scaling,
    variates,
    tokens,
    statistics,
    memory,
    recent,
    next,
  });
}

/**
 * A segment network that goes on from what it remembers. The statistics are those of the first window and stay. Once
 * the memory is full it is filled anew with the tokens of one look-back, so that neither it nor a step grows.
 */
class SegmentState implements ForecastState {
  readonly #network: SegmentNetwork;
  #content: Content;
  #isDisposed = false;

  /** Owns the content. */
  constructor(network: SegmentNetwork, content: Content) {
    this.#network = network;
    this.#content = content;
  }

  get segment(): number {
    return this.#network.segment;
  }

  get bytes(): number {
    return this.#content.memory.bytes;
  }

  predict(): Tensor3D {
    return tidy(() => forecastValues(this.#values(), this.#form()));
  }

  quantiles(): Tensor4D {
    return tidy(() => forecastQuantiles(this.#values(), this.#form()));
  }

  append(windows: Windows): void {
    const { scaling, variates, tokens, statistics, memory, recent, next } = this.#content;
    if (windows.values.shape[2] !== variates) {
      throw new OptionError(
        `append: values must have the ${variates} variates of the past, got ${windows.values.shape[2]}. Open a state of its own for another series.`,
      );
    }
    const read = normalizedTokens({ network: this.#network, scaling, statistics }, windows);
    const latest = kept(tidy(() => lastTokens(recent, read, tokens)));
    const isFull = memory.length + read.segments.shape[1] > this.#network.maxTokens;
    if (isFull) memory.dispose();
    const following = isFull ? openMemory(this.#network, next.shape[0]) : memory;
    this.#content = {
      ...this.#content,
      memory: following,
      recent: latest,
      next: keep(readTokens(following, isFull ? latest : read)),
    };
    dispose([read, recent, next]);
  }

  fork(): ForecastState {
    const { statistics, memory, recent, next } = this.#content;
    return new SegmentState(this.#network, {
      ...this.#content,
      statistics: cloned(statistics),
      memory: memory.fork(),
      recent: cloned(recent),
      next: keep(next.clone()),
    });
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const { statistics, memory, recent, next } = this.#content;
    dispose([statistics, recent, next]);
    memory.dispose();
  }

  /** `[R, numbers]`, what the last token forecasts in the units of the past. */
  #values(): Tensor2D {
    const { next, statistics, scaling } = this.#content;
    const { reading } = this.#network;
    return scaling.denormalize(reading ? reading.forecast(next) : next, statistics);
  }

  #form(): TokenForecast {
    return { variates: this.#content.variates, levels: this.#network.levels };
  }
}

function openMemory(network: SegmentNetwork, rows: number): SegmentMemory {
  return network.open({ rows, capacity: network.maxTokens });
}

/** `[R, E]`, the outputs of the last of these tokens, which are then remembered. */
function readTokens(memory: SegmentMemory, { segments, marks }: Recent): Tensor2D {
  return tidy(() => {
    const outputs = memory.extend(segments, marks);
    const [rows, tokens, numbers] = outputs.shape;
    return reshape(slice(outputs, [0, tokens - 1, 0], [-1, 1, -1]), [rows, numbers]);
  });
}

function normalizedTokens(
  {
    network: { segment },
    scaling,
    statistics,
  }: {
    readonly network: SegmentNetwork;
    readonly scaling: RowScaling;
    readonly statistics: RowStatistics;
  },
  { values, marks }: Windows,
): Recent {
  return tidy(() => {
    const rows = scaling.normalize(channelRows(values), statistics);
    const segments = segmentsOf(rows, segment);
    if (marks === undefined) return { segments };
    const sizes = { segment, segments: segments.shape[1], variates: values.shape[2] };
    return { segments, marks: segmentMarks(marks, sizes) };
  });
}

/** The last `count` tokens of what was known and what is new. */
function lastTokens(before: Recent, after: Recent, count: number): Recent {
  const last = (a: Tensor3D, b: Tensor3D): Tensor3D => {
    const both = concat([a, b], 1);
    const first = Math.max(0, both.shape[1] - count);
    return slice(both, [0, first, 0], [-1, both.shape[1] - first, -1]);
  };
  const segments = last(before.segments, after.segments);
  if (before.marks === undefined || after.marks === undefined) return { segments };
  return { segments, marks: last(before.marks, after.marks) };
}

function kept<T extends RowStatistics | Recent>(tensors: T): T {
  for (const tensor of Object.values(tensors)) keep(tensor);
  return tensors;
}

function cloned<T extends RowStatistics | Recent>(tensors: T): T {
  // Same keys, tensors for tensors.
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, keep(tensor.clone())]),
  ) as T;
}
