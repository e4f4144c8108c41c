import { weightFormats } from '@nextx/core/cpu';
import { gpuWeightFormats } from '@nextx/core/webgpu';
import type { BenchArguments } from './bench-arguments.ts';
import type { BenchNetwork } from './bench-network.ts';
import {
  cpuContestant,
  nextxContestant,
  onnxContestant,
  torchContestant,
  webgpuContestant,
} from './contestants.ts';
import type { Contestant } from './contestants.ts';

/** What a machine has to measure. */
export interface Available {
  readonly hasNative: boolean;
  readonly torch?: { readonly hasCuda: boolean };
  /** Where onnxruntime-node is. */
  readonly onnxruntime?: string;
}

/** What of the arguments says who takes part. */
export type LineUpOptions = Pick<
  BenchArguments,
  'benchmark' | 'isQuick' | 'python' | 'threads' | 'formats'
>;

/** Those who are measured together on a network: nextx in each of its ways, then its peers. */
export function lineUp(
  network: BenchNetwork,
  options: LineUpOptions,
  available: Available,
): Contestant[] {
  if (options.benchmark === 'gpu') {
    const formats = options.formats ?? gpuWeightFormats;
    return [...formats.map(webgpuContestant), ...gpuPeers(network, options, available)];
  }
  const isShort = options.isQuick && options.benchmark === 'decoder';
  const everyone = [
    ...processorEngines(options, available),
    ...processorPeers(network, options, available),
  ];
  return isShort ? everyone.filter(isInQuickDecoder(network, options.threads)) : everyone;
}

/**
 * What tells something new in a few minutes: raster steps have one row, which multiplies alike with the native engine and
 * without, and tfjs takes a quarter of the time for them; of scales, the formats other than f32 take as long as all
 * the rest; of peers, those with all threads.
 */
function isInQuickDecoder(
  { recipe, width }: BenchNetwork,
  threads: number,
): (contestant: Contestant) => boolean {
  return ({ decoder, peer, ...rest }) => {
    if (peer !== undefined && rest.threads !== threads) return false;
    if (decoder.executor === 'onnxruntime') return width <= 256;
    if (recipe === 'var') return !('format' in decoder) || decoder.format === 'f32';
    return !('engine' in decoder && decoder.engine === 'native');
  };
}

function processorEngines({ benchmark, threads }: LineUpOptions, { hasNative }: Available) {
  const formats = benchmark === 'image' ? (['f32'] as const) : weightFormats;
  return [
    ...(hasNative ? [nextxContestant('native', threads)] : []),
    // In Node, tfjs runs WebAssembly on one thread.
    nextxContestant('wasm', 1),
    ...formats.map((format) => cpuContestant(format, threads)),
    ...(hasNative ? [cpuContestant('f32', threads, 'native')] : []),
  ];
}

/** PyTorch and ONNX Runtime, on one thread and on as many as asked for. */
function processorPeers(
  { recipe }: BenchNetwork,
  { benchmark, python, threads }: LineUpOptions,
  { torch, onnxruntime }: Available,
): Contestant[] {
  const counts = [...new Set([1, threads])];
  const eager = (count: number, format: 'f32' | 'int8', comparedWith: readonly string[]) =>
    torchContestant({
      python,
      recipe,
      threads: count,
      decoder: { device: 'cpu', mode: 'eager', format },
      comparedWith,
    });
  const isDecoder = benchmark === 'decoder';
  return [
    ...(torch === undefined ? [] : counts.map((count) => eager(count, 'f32', weightFormats))),
    ...(torch !== undefined && isDecoder ? [eager(threads, 'int8', ['int8'])] : []),
    ...(onnxruntime !== undefined && isDecoder && recipe === 'llamagen'
      ? counts.map((count) => onnxContestant(onnxruntime, count))
      : []),
  ];
}

/** How PyTorch runs a recipe on a GPU; a graph of all latents' steps would be too large. */
const gpuModes = {
  llamagen: ['eager', 'compiled'],
  var: ['eager', 'graph'],
  flow: ['eager'],
} as const;

/** PyTorch on the GPU, if it sees one. */
function gpuPeers(
  { recipe }: BenchNetwork,
  { python }: LineUpOptions,
  { torch }: Available,
): Contestant[] {
  if (torch?.hasCuda !== true) return [];
  return gpuModes[recipe].flatMap((mode) =>
    (['f32', 'f16'] as const).map((format) =>
      torchContestant({
        python,
        recipe,
        threads: 1,
        decoder: { device: 'cuda', format, mode },
        comparedWith: format === 'f32' ? ['f32'] : ['f16', 'int8', 'int4'],
      }),
    ),
  );
}
