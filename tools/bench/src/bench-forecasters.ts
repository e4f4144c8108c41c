import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchArguments } from './bench-arguments.ts';
import { forecastNetworks } from './forecast-network.ts';
import type { ForecastAnswer, ForecastJob, ForecastNetwork } from './forecast-network.ts';
import { forecastRow, renderForecastRows } from './forecast-rows.ts';
import type { ForecastRow } from './forecast-rows.ts';
import { thisMachine } from './machine.ts';
import { insertMeasured } from './performance-page.ts';
import { renderMachine, renderWarning } from './render-rows.ts';

/** Measures training and forecasts beside PyTorch, prints the table, and writes what the arguments ask for. */
export async function benchForecasters(options: BenchArguments, hasTorch: boolean): Promise<void> {
  const loadBefore = loadavg()[0];
  const networks = forecastNetworks(options.isQuick).filter(
    ({ name }) => options.networks?.includes(name) ?? true,
  );
  const rows: ForecastRow[] = [];
  for (const network of networks) rows.push(await measureNetwork(network, options, hasTorch));
  const machine = thisMachine(loadBefore);
  const torch = rows[0].torch === undefined ? '' : ` PyTorch ${rows[0].torch.version};`;
  const medians = `${torch} medians of ${options.rounds} rounds in turns.`.trim();
  const table = renderForecastRows(rows);
  const report = [renderMachine(machine), medians, renderWarning(machine)].join(' ').trim();
  console.log(`\n${report}\n\n${table}`);
  if (options.jsonFile !== undefined) {
    await writeFile(options.jsonFile, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  }
  if (!options.isWritingDocs) return;
  const page = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));
  const changed = insertMeasured(
    await readFile(page, 'utf8'),
    options.benchmark,
    `${report}\n\n${table}`,
  );
  await writeFile(page, changed);
}

async function measureNetwork(
  network: ForecastNetwork,
  { rounds, threads, python, isQuick }: BenchArguments,
  hasTorch: boolean,
): Promise<ForecastRow> {
  const folder = await mkdtemp(join(tmpdir(), 'nextx-bench-'));
  const amounts = isQuick ? { steps: 20, forecasts: 20 } : { steps: 60, forecasts: 60 };
  const job: ForecastJob = { network, folder, threads, ...amounts };
  try {
    const weights = Number(run(process.execPath, [script('forecast-prepare.js')], job));
    const nextx: ForecastAnswer[] = [];
    const torch: ForecastAnswer[] = [];
    for (let round = 0; round < rounds; round++) {
      nextx.push(answerOf(run(process.execPath, [script('forecast-side.js')], job)));
      print(network.name, 'nextx, native', nextx[round]);
      if (!hasTorch) continue;
      torch.push(
        answerOf(run(python, ['-W', 'ignore', '-B', script('../peers/forecast_eager.py')], job)),
      );
      print(network.name, 'PyTorch', torch[round]);
    }
    return forecastRow(network, { weights, threads }, { nextx, torch });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[], job: ForecastJob): string {
  const threads = String(job.threads);
  return execFileSync(program, [...args, JSON.stringify(job)], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: threads, MKL_NUM_THREADS: threads },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function answerOf(text: string): ForecastAnswer {
  return JSON.parse(text) as ForecastAnswer; // written by forecast-side.ts or its peer
}

function print(name: string, side: string, answer: ForecastAnswer): void {
  const { version, stepSeconds, forecastSeconds, losses } = answer;
  console.log(
    `${name}, ${side} ${version}: ${(1000 * stepSeconds).toFixed(1)} ms a step, ` +
      `${(1000 * forecastSeconds).toFixed(1)} ms a forecast, first loss ${losses[0].toFixed(6)}`,
  );
}

function script(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
