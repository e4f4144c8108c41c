import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findOnnxruntime, loadOnnxruntime } from './onnxruntime.ts';

it('findOnnxruntime finds what is installed above a folder, and loadOnnxruntime loads it', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'nextx-bench-find-')));
  try {
    const installed = join(root, 'node_modules', 'onnxruntime-node');
    mkdirSync(installed, { recursive: true });
    const text = "exports.env = { versions: { node: '9.8.7' } };";
    writeFileSync(join(installed, 'index.js'), text);

    const file = findOnnxruntime(join(root, 'checkout'));

    expect(file).toBe(join(installed, 'index.js'));
    expect((await loadOnnxruntime(join(installed, 'index.js'))).env.versions.node).toBe('9.8.7');
  } finally {
    rmSync(root, { recursive: true });
  }
});
