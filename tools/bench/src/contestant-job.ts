import { join } from 'node:path';
import type { WeightFormat } from '@nextx/core/cpu';
import type { BenchNetwork } from './bench-network.ts';
import type { Generation } from './generate-once.ts';

/** What a measured process is told, as a JSON file. */
export interface ContestantJob {
  readonly network: BenchNetwork;
  readonly batch: number;
  /** Whether the tokens are decoded to pixels too. */
  readonly hasPixels: boolean;
  readonly threads: number;
  /** Engine of nextx; a peer has no use for it. */
  readonly engine: string;
  /** Weights of the cpu executor; absent: tfjs operations decode. */
  readonly format?: WeightFormat;
  /** Folder of the weights. */
  readonly weights: string;
  /** The peers' weights. */
  readonly officialWeights: string;
}

/** What it answers first. */
export interface ReadyAnswer {
  readonly ready: true;
  /** Release of what computes. */
  readonly version: string;
}

/** What it answers to every request. */
export interface GenerationAnswer extends Generation {
  readonly peakMegabytes: number;
}

/** Weights for the peers, in the folder that `writeWeights` fills. */
export function officialWeights(folder: string): string {
  return join(folder, 'official.safetensors');
}
