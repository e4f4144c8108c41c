import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout } from 'node:timers/promises';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpointStore } from './checkpoint-store.ts';

/** Saves that are killed; a night run may set more. */
const kills = Number(process.env['NEXTX_KILLS'] ?? 15);
const source = resolve(dirname(fileURLToPath(import.meta.url)), '..');
let root = '';

/** Node 20 runs no TypeScript: writes a module and what it imports as JavaScript below `root`. */
function transpile(file: string): void {
  const target = join(root, relative(source, file)).replace(/\.ts$/, '.js');
  if (existsSync(target)) {
    return;
  }
  const text = readFileSync(file, 'utf8');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
  for (const { fileName } of ts.preProcessFile(text).importedFiles) {
    if (fileName.startsWith('.')) {
      transpile(resolve(dirname(file), fileName));
    }
  }
}

beforeAll(() => {
  // Inside of the package, so that the child finds its dependencies.
  root = mkdtempSync(join(source, '..', 'node_modules', '.nextx-crash-'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  transpile(join(source, 'io', 'checkpoint-store.ts'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a save that is interrupted', () => {
  it('leaves the newest or the previous checkpoint loadable after SIGKILL at any moment (J1)', async () => {
    const dir = join(root, 'killed');
    const program = join(root, 'save-forever.js');
    writeFileSync(
      program,
      `import { openCheckpointStore } from './io/checkpoint-store.js';
      const store = openCheckpointStore(process.argv[2], { keep: 1 });
      for (let step = Number(process.argv[3]); ; step += 1) {
        const files = new Map([['a.bin', new Uint8Array(300_000).fill(step)], ['b.bin', new Uint8Array(10).fill(step)]]);
        process.stdout.write(step + '\\n');
        await store.save(step, files);
      }`,
    );
    let saved = 0;

    for (let i = 0; i < kills; i += 1) {
      const child = spawn(process.execPath, [program, dir, String(saved + 1)]);
      const closed = new Promise((done) => child.once('close', done));
      let started = 0;
      child.stdout.on('data', (text: Buffer) => {
        started = Number(text.toString().trim().split('\n').at(-1));
      });
      await new Promise((begun) => child.stdout.once('data', begun));
      await setTimeout((i * 13.7) % 60);
      child.kill('SIGKILL');
      await closed;

      const found = await openCheckpointStore(dir, { keep: 1 }).latest();
      const step = found?.step ?? 0;
      expect([started, started - 1]).toContain(step);
      expect(step).toBeGreaterThanOrEqual(saved);
      const content = found?.files.get('a.bin') ?? new Uint8Array(0);
      expect(content.every((byte) => byte === step % 256)).toBe(true);
      expect(content.byteLength).toBe(step === 0 ? 0 : 300_000);
      saved = step;
    }
    expect(saved).toBeGreaterThan(0);
  }, 120_000);

  it.skipIf(process.platform === 'win32')(
    'reports a file size limit and keeps the old bytes (J2)',
    () => {
      const dir = join(root, 'limited');
      mkdirSync(dir);
      const target = join(dir, 'target.bin');
      writeFileSync(target, 'old');
      const program = join(root, 'save-limited.js');
      writeFileSync(
        program,
        `import { writeFileAtomic } from './io/atomic-write.js';
      process.on('SIGXFSZ', () => {});
      await writeFileAtomic(process.argv[2], new Uint8Array(100_000), { pauseMs: 0 }).catch((error) => {
        process.stdout.write(error.code + ' ' + error.message);
      });`,
      );

      const command = `ulimit -f 8; exec "${process.execPath}" "${program}" "${target}"`;
      const { stdout } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });

      expect(stdout).toMatch(/^IO .*EFBIG.*ulimit/);
      expect(readFileSync(target, 'utf8')).toBe('old');
      expect(readdirSync(dir)).toEqual(['target.bin']);
    },
  );
});
