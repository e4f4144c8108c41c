import { fileURLToPath } from 'node:url';
import type { WeightFormat } from '@nextx/core/cpu';
import type { GpuWeightFormat } from '@nextx/core/webgpu';
import type { ContestantDecoder, ContestantJob } from './contestant-job.ts';

/** One of the processes that are measured side by side. */
export interface Contestant {
  /** Name in tables: `native`, `cpu int8`, `eager`. */
  readonly name: string;
  readonly threads: number;
  readonly decoder: ContestantDecoder;
  /** What a peer is; absent where the contestant is nextx. */
  readonly peer?: Peer;
  /** Program and arguments, before the job's file. */
  readonly command: readonly [string, ...string[]];
}

/** What nextx is compared with. */
export interface Peer {
  /** Name in tables, before its release: `PyTorch`. */
  readonly library: string;
  /** The formats of nextx that it stands beside. */
  readonly comparedWith: readonly string[];
}

/** nextx by tfjs operations on one of its engines. */
export function nextxContestant(engine: 'native' | 'wasm', threads: number): Contestant {
  return {
    name: engine,
    threads,
    decoder: { executor: 'reference', engine },
    command: nextxCommand(),
  };
}

/** nextx by its cpu executor; on the native engine, steps of many rows multiply there. */
export function cpuContestant(
  format: WeightFormat,
  threads: number,
  engine: 'native' | 'wasm' = 'wasm',
): Contestant {
  const name = engine === 'wasm' ? `cpu ${format}` : `cpu ${format}, ${engine}`;
  return { name, threads, decoder: { executor: 'cpu', engine, format }, command: nextxCommand() };
}

/** nextx by its webgpu executor. */
export function webgpuContestant(format: GpuWeightFormat): Contestant {
  return {
    name: `webgpu ${format}`,
    threads: 1,
    decoder: { executor: 'webgpu', format },
    command: nextxCommand(),
  };
}

/** Which PyTorch a peer is. */
export interface TorchPeer {
  readonly python: string;
  readonly recipe: ContestantJob['network']['recipe'];
  readonly threads: number;
  readonly decoder: Omit<Extract<ContestantDecoder, { executor: 'torch' }>, 'executor'>;
  readonly comparedWith: readonly string[];
}

/** The PyTorch implementation of a recipe. */
export function torchContestant({
  python,
  recipe,
  threads,
  decoder,
  comparedWith,
}: TorchPeer): Contestant {
  const { device, format, mode } = decoder;
  const file = `${recipe}_${mode === 'compiled' ? 'compiled' : 'eager'}.py`;
  const script = fileURLToPath(new URL(`../peers/${file}`, import.meta.url));
  const words = [mode, format, ...(device === 'cuda' ? ['cuda'] : [])];
  return {
    name: words.join(' '),
    threads,
    decoder: { executor: 'torch', ...decoder },
    peer: { library: 'PyTorch', comparedWith },
    command: [python, '-B', script],
  };
}

/** A raster network by ONNX Runtime. @param runtime  What `findOnnxruntime` found. */
export function onnxContestant(runtime: string, threads: number): Contestant {
  const script = fileURLToPath(new URL('onnx-contestant.js', import.meta.url));
  return {
    name: 'f32',
    threads,
    decoder: { executor: 'onnxruntime', format: 'f32' },
    peer: { library: 'onnxruntime-node', comparedWith: ['f32'] },
    command: [process.execPath, script, runtime],
  };
}

function nextxCommand(): [string, string] {
  return [process.execPath, fileURLToPath(new URL('contestant.js', import.meta.url))];
}
