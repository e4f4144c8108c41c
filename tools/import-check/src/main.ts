/**
 * `node dist/main.js [--python COMMAND] [--page FILE]`: makes the checkpoints, imports them, generates, writes the page.
 * Each stage is a process of its own, so that its peak memory is its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderPage } from './render-page.ts';
import { runGenerate, runImport } from './stages.ts';
import type { GenerateStage, ImportStage } from './stages.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const as = 'var-d16';
const officialFiles = { model: 'var_d16.pth', tokenizer: 'vae_ch160v4096z32.pth' };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    page: { type: 'string', default: join(root, 'docs', 'imports.md') },
  },
});

const [stage, folder = ''] = positionals;
const files = {
  model: join(folder, officialFiles.model),
  tokenizer: join(folder, officialFiles.tokenizer),
};
if (stage === 'import') print(await runImport(as, files, join(folder, as)));
else if (stage === 'generate') print(await runGenerate(join(folder, as)));
else check();

function check(): void {
  const work = mkdtempSync(join(tmpdir(), 'nextx-import-check-'));
  try {
    const made = Object.values(officialFiles).map((name) => makeCheckpoint(work, name));
    const imported: ImportStage = run('import', work);
    console.log(`imported in ${imported.importing.seconds.toFixed(1)} s`);
    const generated: GenerateStage = run('generate', work);
    const page = renderPage({
      as,
      files: made.map((path) => ({ name: basename(path), bytes: statSync(path).size })),
      folderBytes: sizeOf(join(work, as)),
      ...imported,
      ...generated,
      machine: `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 1e9)} GB`,
      day: new Date().toISOString().slice(0, 10),
    });
    writeFileSync(values.page, page);
    console.log(page);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function makeCheckpoint(work: string, name: string): string {
  const script = join(root, 'tools', 'import-check', 'python', 'random_state_dict.py');
  const keys = join(root, 'fixtures', 'image', 'var', 'published_keys.json');
  const path = join(work, name);
  execFileSync(values.python, [script, keys, name, path], { stdio: 'inherit' });
  console.log(`${name}: ${(statSync(path).size / 1e6).toFixed(0)} MB`);
  return path;
}

/** A stage in its own process; what it prints last is its result. */
function run<T>(name: string, work: string): T {
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), name, work], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  // The same file printed it.
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as T;
}

function print(result: ImportStage | GenerateStage): void {
  console.log(JSON.stringify(result));
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}
