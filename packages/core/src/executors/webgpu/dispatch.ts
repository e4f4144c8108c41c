import type { AnyNetwork } from '../../program/network.ts';
import type { GenerationRegions, GenerationSizes } from './generation-regions.ts';
import type { FieldValues, kernelFields } from './kernel-fields.ts';
import type { Persistence, PersistentRun } from './persistent-shape.ts';
import type { PlacedNetwork } from './place-network.ts';

/** One dispatch of a step. */
export interface Dispatch {
  /** What it does, for people. */
  readonly name: string;
  readonly code: string;
  /** Buffers that it reads: of the weights, and of the cache. */
  readonly weights: number;
  readonly cache: number;
  readonly fields: FieldValues<typeof kernelFields>;
  /** Workgroups; `splits` stands for those of the step. */
  readonly grid: readonly [x: number, y: number, z: number | 'splits'];
  /** Whether it takes every row for a sequence of its own. @defaultValue false */
  readonly isRowByRow?: boolean;
  /** Blocks that it computes, where its workgroups must all run at the same time. @defaultValue no whole block */
  readonly run?: PersistentRun;
}

/** What a program is compiled from. */
export interface ProgramSource {
  readonly network: AnyNetwork;
  readonly placed: PlacedNetwork;
  readonly regions: GenerationRegions;
  readonly sizes: GenerationSizes;
  /** Code of kernels by what it was made from, kept from one generation to the next. */
  readonly codes: Map<string, string>;
  /** How the workgroups of one dispatch compute blocks of few rows. @defaultValue every product has a dispatch */
  readonly persistence?: Persistence;
}
