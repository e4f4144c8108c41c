import { parseArgs } from 'node:util';
import { gpuWeightFormats } from '@nextx/core/webgpu';
import type { GpuWeightFormat } from '@nextx/core/webgpu';

/** What can be measured: whole pictures, the decoder alone, the decoder on a GPU, or forecasters. */
export type Benchmark = (typeof benchmarks)[number];

const benchmarks = ['image', 'decoder', 'gpu', 'forecast'] as const;

/** What the command was asked for. */
export interface BenchArguments {
  readonly benchmark: Benchmark;
  readonly isQuick: boolean;
  readonly python: string;
  readonly rounds: number;
  readonly threads: number;
  readonly isWritingDocs: boolean;
  readonly jsonFile?: string;
  /** Names of the networks to measure; absent: all. */
  readonly networks?: readonly string[];
  /** Formats of weights on a GPU; absent: all. */
  readonly formats?: readonly GpuWeightFormat[];
}

/** How to call the command. */
const usage =
  'npm run bench -- image|decoder|gpu|forecast [--quick] [--networks NAME,NAME] [--formats f32,f16] [--json FILE] [--python PATH] [--threads 2] [--rounds N] [--write-docs]';

/**
 * Arguments of the command line.
 *
 * @throws {Error} for anything but a benchmark and its options, with the usage.
 */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      networks: { type: 'string' },
      formats: { type: 'string' },
      python: { type: 'string', default: 'python3' },
      rounds: { type: 'string' },
      threads: { type: 'string', default: '2' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  const benchmark = benchmarks.find((name) => name === positionals[0]);
  if (positionals.length !== 1 || benchmark === undefined) {
    throw new Error(
      `bench: the benchmark must be image, decoder, gpu or forecast, got "${positionals.join(' ')}". Usage: ${usage}`,
    );
  }
  return {
    benchmark,
    isQuick: values.quick,
    python: values.python,
    rounds: count('rounds', values.rounds ?? (values.quick && benchmark === 'image' ? '5' : '3')),
    threads: count('threads', values.threads),
    isWritingDocs: values['write-docs'],
    ...(values.json !== undefined && { jsonFile: values.json }),
    ...(values.formats !== undefined && { formats: readFormats(values.formats) }),
    ...(values.networks !== undefined && { networks: values.networks.split(',') }),
  };
}

function readFormats(text: string): GpuWeightFormat[] {
  return text.split(',').map((name) => {
    const format = gpuWeightFormats.find((each) => each === name);
    if (format !== undefined) return format;
    throw new Error(
      `bench: --formats must name some of ${gpuWeightFormats.join(', ')}, got "${name}".`,
    );
  });
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`bench: --${name} must be a whole number of at least 1, got "${text}".`);
}
