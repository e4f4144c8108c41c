import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseEvaluation } from '@nextx/cli/evaluation';
import { dataFolder, writeFileAtomic } from '@nextx/core/node';
import { openImageData } from '@nextx/image/node';
import { codecsAtBits } from './codecs.ts';
import { parseMeasured, withModel, type MeasuredModel } from './measured-model.ts';
import { renderReproductions } from './render.ts';
import { publishedSystems } from './systems.ts';

/**
 * Evaluates every model of some folders and writes docs/reproductions.md and its data.
 *
 *     npm run reproductions -- [--models DIR]... [--data DIR] [--out DIR] [--engine NAME] [--render] [-- OPTIONS]
 *
 * Models are folders with a `config.json` inside of `--models` (packages/image/models and tools/reproductions/baselines by default). Their data sets are found
 * by the names in their configs inside of `--data`. `--render` measures nothing and writes the page again; what follows `--` goes to
 * `nextx evaluate`.
 */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const dataFile = join(root, 'docs', 'reproductions.data.json');
const page = join(root, 'docs', 'reproductions.md');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: {
      type: 'string',
      multiple: true,
      default: [join(root, 'packages/image/models'), join(root, 'tools/reproductions/baselines')],
    },
    data: { type: 'string', default: dataFolder(root) },
    out: { type: 'string', default: join(root, 'out', 'reproductions') },
    engine: { type: 'string', default: 'auto' },
    scales: { type: 'string', default: '1,1.25,1.5,2,3' },
    render: { type: 'boolean', default: false },
  },
});

let measured: readonly MeasuredModel[] = parseMeasured(await readFile(dataFile, 'utf8'));
if (!values.render) {
  for (const folder of await modelFolders(values.models)) {
    measured = withModel(measured, await measure(folder));
    await writeResults();
  }
}
await writeResults();
console.log(page);

/** Written after each model, so that a run that is stopped keeps what it has. */
async function writeResults(): Promise<void> {
  const encoder = new TextEncoder();
  const json = `${JSON.stringify({ models: measured }, undefined, 2)}\n`;
  await writeFileAtomic(dataFile, encoder.encode(json));
  await writeFileAtomic(page, encoder.encode(renderReproductions(measured, publishedSystems)));
}

async function modelFolders(parents: readonly string[]): Promise<string[]> {
  const folders: string[] = [];
  for (const parent of parents) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.filter((one) => one.isDirectory())) {
      const files = await readdir(join(parent, entry.name));
      const isWhole = files.includes('config.json') && files.includes('model.safetensors');
      if (isWhole) folders.push(resolve(parent, entry.name));
    }
  }
  if (folders.length === 0) {
    throw new Error(
      `reproductions: ${parents.join(', ')} must hold model folders, there are none. Give another folder with --models.`,
    );
  }
  return folders.sort();
}

async function measure(folder: string): Promise<MeasuredModel> {
  const data = join(values.data, await dataNameOf(folder));
  const out = join(values.out, folder.split(/[\\/]/).at(-1) ?? 'model');
  await mkdir(out, { recursive: true });
  const judge = data.endsWith('fashion-mnist')
    ? ['--judge', join(root, 'tools/quality/judge')]
    : [];
  await evaluate([
    '--model',
    folder,
    '--data',
    data,
    '--out',
    out,
    ...judge,
    '--engine',
    values.engine,
    '--scales',
    values.scales,
    ...positionals,
  ]);
  const file = join(out, 'evaluation.json');
  const evaluation = parseEvaluation(file, JSON.parse(await readFile(file, 'utf8')));
  const { sequence } = evaluation;
  if (sequence === undefined || evaluation.data.channels !== 3) return { evaluation };
  const { width } = evaluation.data;
  const { dataset } = await openImageData(data, { split: 'test', size: width });
  return { evaluation, codecs: await codecsAtBits(dataset, sequence.bitsPerPicture) };
}

async function dataNameOf(folder: string): Promise<string> {
  const config: unknown = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  const { training } = config as { training?: { data?: unknown } };
  if (typeof training?.data === 'string') return training.data;
  throw new Error(
    `reproductions: ${folder}/config.json must name its data set in training.data. Train it with nextx train.`,
  );
}

async function evaluate(words: readonly string[]): Promise<void> {
  const command = dirname(fileURLToPath(import.meta.resolve('@nextx/cli/package.json')));
  const main = join(command, 'dist', 'main.js');
  const child = spawn(process.execPath, [main, 'evaluate', ...words], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`reproductions: nextx evaluate ${words.join(' ')} failed.`);
}
