import { OptionError } from '@nextx/core';
import { concat, keep, reshape, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { channelRows, joinChannels } from '../tokenizers/channel-rows.ts';
import { denormalizeRows, normalizeRows, rowStatistics } from '../tokenizers/instance-norm.ts';
import type { RowStatistics } from '../tokenizers/instance-norm.ts';
import { segmentMarks, segmentsOf } from '../tokenizers/segments.ts';
import type { ForecastState, Windows } from './forecast-recipe.ts';
import type { SegmentMemory, SegmentNetwork } from './segment-network.ts';

/** The last tokens read, for when the memory is full: what they hold and what is known of their times. */
type Recent = {
  segments: Tensor3D;
  marks?: Tensor3D;
};

/**
 * A segment network that goes on from what it remembers. The statistics are those of the first window and stay. Once
 * the memory is full it is filled anew with the tokens of one look-back, so that neither it nor a step grows.
 */
export class SegmentState implements ForecastState {
  readonly #network: SegmentNetwork;
  readonly #variates: number;
  readonly #tokens: number;
  readonly #statistics: RowStatistics;
  #memory: SegmentMemory;
  #recent: Recent;
  /** `[R, 1, S]`, normalized: what the last token forecasts. */
  #next: Tensor3D;
  #isDisposed = false;

  /** @param windows  `[B, T, V]`, T a multiple of the segment and at most the network's memory; borrowed. */
  constructor(network: SegmentNetwork, windows: Windows, lookBack: number) {
    const [batch, , variates] = windows.values.shape;
    this.#network = network;
    this.#variates = variates;
    this.#tokens = lookBack / network.segment;
    this.#statistics = kept(tidy(() => rowStatistics(channelRows(windows.values))));
    this.#recent = kept(this.#tokensOf(windows));
    this.#memory = this.#open(batch * variates);
    this.#next = keep(this.#read(this.#recent));
  }

  get bytes(): number {
    return this.#memory.bytes;
  }

  predict(): Tensor3D {
    return tidy(() => {
      const [rows, , segment] = this.#next.shape;
      const next: Tensor2D = reshape(this.#next, [rows, segment]);
      return joinChannels(denormalizeRows(next, this.#statistics), this.#variates);
    });
  }

  append(windows: Windows): void {
    const [, length, variates] = windows.values.shape;
    if (variates !== this.#variates) {
      throw new OptionError(
        `append: values must have the ${this.#variates} variates of the past, got ${variates}. Open a state of its own for another series.`,
      );
    }
    const read = this.#tokensOf(windows);
    const recent = kept(tidy(() => latest(this.#recent, read, this.#tokens)));
    const isFull = this.#memory.length + length / this.#network.segment > this.#network.maxTokens;
    if (isFull) {
      this.#memory.dispose();
      this.#memory = this.#open(recent.segments.shape[0]);
    }
    const next = keep(this.#read(isFull ? recent : read));
    free(read, this.#recent);
    this.#next.dispose();
    this.#recent = recent;
    this.#next = next;
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    free(this.#recent, this.#statistics);
    this.#next.dispose();
    this.#memory.dispose();
  }

  #open(rows: number): SegmentMemory {
    return this.#network.open({ rows, capacity: this.#network.maxTokens });
  }

  /** `[R, 1, S]`, what follows the last of these tokens, which are then remembered. */
  #read({ segments, marks }: Recent): Tensor3D {
    return tidy(() => {
      const outputs = this.#memory.extend(segments, marks);
      return slice(outputs, [0, outputs.shape[1] - 1, 0], [-1, 1, -1]);
    });
  }

  #tokensOf({ values, marks }: Windows): Recent {
    const { segment } = this.#network;
    return tidy(() => {
      const rows: Tensor2D = normalizeRows(channelRows(values), this.#statistics);
      const segments = segmentsOf(rows, segment);
      const count = segments.shape[1];
      if (marks === undefined) return { segments };
      return {
        segments,
        marks: segmentMarks(marks, { segment, segments: count, variates: this.#variates }),
      };
    });
  }
}

/** The last `count` tokens of what was known and what is new. */
function latest(before: Recent, after: Recent, count: number): Recent {
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

function free(...trees: (RowStatistics | Recent)[]): void {
  for (const tree of trees) for (const tensor of Object.values(tree)) tensor.dispose();
}
