import { join } from 'node:path';
import type { WeightFormat } from '@nextx/core/cpu';
import type { GpuWeightFormat } from '@nextx/core/webgpu';
import type { BenchNetwork } from './bench-network.ts';
import type { Generation } from './generate-once.ts';

/** What computes in a measured process: nextx on an engine, or a peer, in whose words device and format are. */
export type ContestantDecoder =
  | { readonly executor: 'reference'; readonly engine: 'native' | 'wasm' }
  | {
      readonly executor: 'cpu';
      readonly engine: 'native' | 'wasm';
      readonly format: WeightFormat;
    }
  | { readonly executor: 'webgpu'; readonly format: GpuWeightFormat }
  | {
      readonly executor: 'torch';
      readonly device: 'cpu' | 'cuda';
      readonly format: 'f32' | 'f16' | 'int8';
      /** As it is; its kernels replayed as a CUDA graph; or compiled too, a graph each token. */
      readonly mode: 'eager' | 'graph' | 'compiled';
    }
  | { readonly executor: 'onnxruntime'; readonly format: 'f32' };

/** What a measured process is told, as a JSON file. */
export interface ContestantJob {
  readonly network: BenchNetwork;
  readonly batch: number;
  /** Whether the tokens are decoded to pixels too. */
  readonly hasPixels: boolean;
  readonly threads: number;
  readonly decoder: ContestantDecoder;
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
  /** What runs, where a GPU computes. */
  readonly gpu?: GpuProgram;
}

/** What the webgpu executor does for one generation. */
export interface GpuProgram {
  /** By its driver's name. */
  readonly adapter: string;
  readonly steps: number;
  readonly dispatches: number;
  /** Dispatches if every product had its own. */
  readonly operations: number;
  /** Weights and cache that the dispatches read. */
  readonly bytesRead: number;
  /** All buffers together. */
  readonly memoryBytes: number;
}

/** What it answers to every request. */
export interface GenerationAnswer extends Generation {
  readonly peakMegabytes: number;
}

/** Weights for the peers, in the folder that `writeWeights` fills. */
export function officialWeights(folder: string): string {
  return join(folder, 'official.safetensors');
}
