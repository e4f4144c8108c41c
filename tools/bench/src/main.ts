import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchForecasters } from './bench-forecasters.ts';
import { parseBenchArguments } from './bench-arguments.ts';
import type { BenchArguments } from './bench-arguments.ts';
import { benchNetworks, decoderNetworks, gpuNetworks } from './bench-network.ts';
import type { BenchNetwork } from './bench-network.ts';
import { benchRows, decoderRows } from './bench-row.ts';
import type { BenchRow } from './bench-row.ts';
import type { GpuFigures } from './gpu-figures.ts';
import { lineUp } from './line-up.ts';
import type { Available } from './line-up.ts';
import { thisMachine } from './machine.ts';
import { measure } from './measure.ts';
import type { Measurement } from './measure.ts';
import { findOnnxruntime } from './onnxruntime.ts';
import { insertMeasured } from './performance-page.ts';
import {
  renderGpu,
  renderGpuRows,
  renderMachine,
  renderRows,
  renderWarning,
} from './render-rows.ts';

/** Measures nextx beside PyTorch on every network, prints the table, and writes what the arguments ask for. */
const options = parseBenchArguments(process.argv.slice(2));
if (options.benchmark === 'forecast') {
  await benchForecasters(options, torchVersion(options.python) !== undefined);
  process.exit();
}
const hasPixels = options.benchmark === 'image';
const batches = hasPixels ? [1, 8] : [1];
const all = { image: benchNetworks, decoder: decoderNetworks, gpu: gpuNetworks }[options.benchmark](
  options.isQuick,
);
const networks = all.filter(({ name }) => options.networks?.includes(name) ?? true);
if (networks.length === 0) {
  throw new Error(`bench: --networks must name some of ${all.map(({ name }) => name).join(', ')}.`);
}
/** Quick: a contestant that is slow has fewer rounds. On a GPU the first picture alone is slow: kernels are compiled. */
const limits = {
  secondsEach: options.isQuick ? 8 : Infinity,
  slowSeconds: options.benchmark === 'gpu' ? Infinity : options.isQuick ? 12 : 20,
};
const loadBefore = loadavg()[0];

const gpu = options.benchmark === 'gpu' ? probeGpu() : undefined;
const available = probe(options);

const rows: BenchRow[] = [];
for (const network of networks) {
  rows.push(...(await measureNetwork(network)));
  await publish();
}

/** Prints all that has been measured so far, and writes it where the arguments ask for it. */
async function publish(): Promise<void> {
  const machine = thisMachine(loadBefore);
  const medians = `Medians of at most ${options.rounds} rounds.`;
  const report = [renderMachine(machine), medians, renderWarning(machine)].join(' ').trim();
  const table = [
    renderRows(rows),
    ...(gpu === undefined ? [] : [renderGpu(gpu), renderGpuRows(rows, gpu)]),
  ].join('\n\n');
  console.log(`\n${report}\n\n${table}`);
  if (options.jsonFile !== undefined) {
    const figures = hasPixels ? { machine, rows } : decoderRows(rows);
    await writeFile(options.jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
  }
  if (!options.isWritingDocs) return;
  const page = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));
  await writeFile(
    page,
    insertMeasured(await readFile(page, 'utf8'), options.benchmark, `${report}\n\n${table}`),
  );
}

async function measureNetwork(network: BenchNetwork): Promise<BenchRow[]> {
  const weights = await mkdtemp(join(tmpdir(), 'nextx-bench-'));
  const measured: BenchRow[] = [];
  try {
    const script = fileURLToPath(new URL('prepare.js', import.meta.url));
    const size = execFileSync(process.execPath, [script, JSON.stringify(network), weights], {
      encoding: 'utf8',
    });
    for (const batch of batches) {
      console.log(`${network.name}, ${(Number(size) / 1e6).toFixed(1)} M weights, batch ${batch}`);
      const { rounds } = options;
      const contestants = lineUp(network, options, available);
      const results = await measure({
        network,
        batch,
        hasPixels,
        contestants,
        weights,
        rounds,
        ...limits,
      });
      tellOfSlow(results);
      measured.push(...benchRows({ network, batch }, results));
    }
  } finally {
    await rm(weights, { recursive: true, force: true });
  }
  return measured;
}

/** Names whoever was so slow that it drew once only. */
function tellOfSlow(results: readonly Measurement[]): void {
  for (const { contestant, generations, isWarmUp } of results) {
    if (!isWarmUp) continue;
    const seconds = generations[0].tokensSeconds.toFixed(1);
    const name = `${contestant.peer?.library ?? 'nextx'} ${contestant.name}`;
    console.log(`${name} took ${seconds} s: it drew once, without a warm-up.`);
  }
}

/** What the GPU can do at best. @throws {Error} where there is none. */
function probeGpu(): GpuFigures {
  const script = fileURLToPath(new URL('probe-gpu.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bench: a GPU must answer, none did: ${stderr.trim()}`);
  return JSON.parse(stdout) as GpuFigures; // written by probe-gpu.ts
}

/** What there is to measure here; says what is not. */
function probe({ python, benchmark }: BenchArguments): Available {
  const torch = torchVersion(python);
  if (torch === undefined)
    console.log(`PyTorch is not importable by ${python}: it is not measured.`);
  const onnxruntime = findOnnxruntime(process.cwd());
  if (onnxruntime === undefined && benchmark === 'decoder') {
    console.log('onnxruntime-node is not installed: it is not measured.');
  }
  return {
    hasNative: benchmark !== 'gpu' && hasNativeEngine(),
    ...(torch && { torch }),
    ...(onnxruntime !== undefined && { onnxruntime }),
  };
}

function hasNativeEngine(): boolean {
  const script = fileURLToPath(new URL('probe-native.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) console.log(`The native engine is not measured: ${stderr.trim()}`);
  return status === 0;
}

function torchVersion(python: string): { readonly hasCuda: boolean } | undefined {
  const { status, stdout } = spawnSync(
    python,
    ['-c', 'import torch; print(torch.cuda.is_available())'],
    { encoding: 'utf8' },
  );
  return status === 0 ? { hasCuda: stdout.trim() === 'True' } : undefined;
}
