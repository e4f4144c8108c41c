import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSuite } from './bundle.ts';
import { readIgnoreList } from './ignore-list.ts';
import type { SuiteRun } from './spec-result.ts';
import { insertSummary, renderSummary, summarize } from './summary.ts';

/** Runs the specs, writes the table of docs/native-engine.md, and fails if a spec fails that tfjs-node expects to pass. */
const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, '..', '..', '..', 'docs', 'native-engine.md');
const limitMs = 30 * 60_000;

const run = await runSuite();
const ignoreList = readIgnoreList(
  await readFile(join(run.folder, 'tfjs-node', 'dist', 'run_tests.js'), 'utf8'),
);
const summary = summarize(run, ignoreList);
const table = renderSummary(summary, {
  day: new Date().toISOString().slice(0, 10),
  system: `${process.platform}-${process.arch}`,
  node: process.versions.node,
  durationMs: run.durationMs,
});
await writeFile(page, insertSummary(await readFile(page, 'utf8'), table));
console.log(table);
if (summary.expected.failed.length > 0) process.exitCode = 1;

async function runSuite(): Promise<SuiteRun> {
  const command = dirname(fileURLToPath(import.meta.resolve('@nextx/cli/package.json')));
  const register = join(command, 'dist', 'native', 'register.js');
  await access(register).catch(() => {
    throw new Error(
      `tfjs-suite: the command must be built, ${register} is not there. Run "npm run build".`,
    );
  });
  // Inside this package, so that the bundle finds Jasmine.
  const folder = await mkdtemp(join(here, 'run-'));
  try {
    const bundle = join(folder, 'suite.mjs');
    const results = join(folder, 'results.json');
    await bundleSuite(fileURLToPath(new URL('../src/suite.ts', import.meta.url)), bundle);
    const child = spawn(process.execPath, [bundle, register, results], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: limitMs,
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    const text = await readFile(results, 'utf8').catch(() => {
      throw new Error(
        `tfjs-suite: the specs must leave results, they ended with ${signal ?? code}: ${errors}`,
      );
    });
    return JSON.parse(text) as SuiteRun; // written by suite.ts a moment ago
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
