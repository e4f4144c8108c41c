import type { Tensor } from '@tensorflow/tfjs-core';
import type { TokenValues } from '../heads/head.ts';
import type { SamplingOptions } from '../sampling/filters.ts';
import type { SequenceModel } from '../sequence-model.ts';

/** What to decode, and how. */
export interface DecodeOptions {
  /** Seed of each item; an item's tokens depend on its own seed alone. */
  readonly seeds: readonly bigint[];
  /** One row an item; when guided, followed by one row an item without its condition. Borrowed. */
  readonly condition: Tensor;
  /** `s` in `u + s (c - u)` at each step; absent: unguided. */
  readonly guidanceScaleAt?: (step: number) => number;
  /** Filters and temperature. @defaultValue none: the model's own distribution */
  readonly sampling?: SamplingOptions;
  /** Ids that are given, -1 where free, `[items · N]` in generation order: in- and out-painting. */
  readonly given?: Int32Array;
  /**
   * `[items]`, to which the logarithms of the probabilities of each item's drawn ids are added: those of the model alone,
   * without guidance, temperature and filters. Only of executors that say so.
   */
  readonly logProbs?: Float64Array;
  readonly signal?: AbortSignal;
  /** What runs the loop. @defaultValue the reference: tfjs operations on the active engine */
  readonly executor?: Executor;
}

/** One step done. */
export interface DecodedStep {
  /** Counted from 0. */
  readonly step: number;
  readonly steps: number;
  /** Tokens of all steps so far, `[items, filled, tokenSize]`, row-major. */
  readonly tokens: TokenValues;
  /** Positions filled so far. */
  readonly filled: number;
  /** Bytes of the backbone's memory. */
  readonly stateBytes: number;
}

/** Whether an executor can run a model, what it costs more than usual, and why not. */
export type Support =
  | { readonly isSupported: true; readonly remarks?: readonly string[] }
  | { readonly isSupported: false; readonly reasons: readonly string[] };

/**
 * Runs the decoding loop of one model. `reference` is tfjs operations and the definition of right; the others run
 * fused kernels and give the same tokens from the same seeds, near ties aside.
 */
export interface Executor {
  readonly name: 'reference' | 'cpu' | 'webgpu';
  /** Whether it adds to `logProbs`, as the reference does with a categorical head. */
  readonly hasLogProbs?: boolean;
  /** One generation; its options have been checked. */
  run(model: SequenceModel, options: DecodeOptions): AsyncGenerator<DecodedStep, void, void>;
  /** Frees weights and threads; safe to call twice. */
  dispose(): void;
}
