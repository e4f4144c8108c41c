import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseBenchArguments } from './bench-arguments.ts';
import { benchNetworks, decoderNetworks } from './bench-network.ts';
import type { BenchNetwork } from './bench-network.ts';
import { benchRows, decoderRows } from './bench-row.ts';
import type { BenchRow } from './bench-row.ts';
import { weightFormats } from '@nextx/core/cpu';
import { cpuContestant, nextxContestant, torchContestant } from './child-contestant.ts';
import type { Contestant } from './child-contestant.ts';
import { thisMachine } from './machine.ts';
import { measure } from './measure.ts';
import { insertMeasured } from './performance-page.ts';
import { renderMachine, renderRows, renderWarning } from './render-rows.ts';

/** Measures nextx beside PyTorch on every network, prints the table, and writes what the arguments ask for. */
const options = parseBenchArguments(process.argv.slice(2));
const isDecoder = options.benchmark === 'decoder';
const batches = isDecoder ? [1] : [1, 8];
const networks = isDecoder ? decoderNetworks(options.isQuick) : benchNetworks(options.isQuick);
/** Quick: a contestant that is slow has fewer rounds. */
const limits = options.isQuick
  ? { secondsEach: 8, slowSeconds: 8 }
  : { secondsEach: Infinity, slowSeconds: 20 };
const loadBefore = loadavg()[0];

const engines = nextxEngines();
const hasTorch = torchVersion(options.python) !== undefined;
if (!hasTorch) {
  console.log(`PyTorch is not importable by ${options.python}: nextx is measured alone.`);
}
const rows: BenchRow[] = [];
for (const network of networks) rows.push(...(await measureNetwork(network)));

const machine = thisMachine(loadBefore);
const peer = rows.find((row) => row.peer !== undefined)?.peer ?? 'PyTorch not measured';
const medians = `${peer}; medians of at most ${options.rounds} rounds.`;
const report = [renderMachine(machine), medians, renderWarning(machine)].join(' ').trim();
const table = renderRows(rows);
console.log(`\n${report}\n\n${table}`);
if (options.jsonFile !== undefined) {
  const figures = isDecoder ? decoderRows(rows) : { machine, rows };
  await writeFile(options.jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
}
if (options.isWritingDocs) {
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
      const contestants = contestantsFor(network);
      const results = await measure({
        network,
        batch,
        hasPixels: !isDecoder,
        contestants,
        weights,
        rounds,
        ...limits,
      });
      measured.push(...benchRows({ network, batch }, results));
      console.log(renderRows(measured.slice(-engines.length)));
    }
  } finally {
    await rm(weights, { recursive: true, force: true });
  }
  return measured;
}

/** Each engine of nextx, and PyTorch on one thread and on as many as asked for. */
function contestantsFor({ recipe }: BenchNetwork): Contestant[] {
  const counts = hasTorch ? [...new Set([1, options.threads])] : [];
  return [...engines, ...counts.map((threads) => torchContestant(options.python, recipe, threads))];
}

function nextxEngines(): Contestant[] {
  const script = fileURLToPath(new URL('probe-native.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) console.log(`The native engine is not measured: ${stderr.trim()}`);
  return [
    ...(status === 0 ? [nextxContestant('native', options.threads)] : []),
    // In Node, tfjs runs WebAssembly on one thread.
    nextxContestant('wasm', 1),
    ...(isDecoder ? weightFormats : (['f32'] as const)).map((format) =>
      cpuContestant(format, options.threads),
    ),
    ...(status === 0 ? [cpuContestant('f32', options.threads, 'native')] : []),
  ];
}

function torchVersion(python: string): string | undefined {
  const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
