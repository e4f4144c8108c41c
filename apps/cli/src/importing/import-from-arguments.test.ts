import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, writeSafetensors } from '@nextx/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturedWorld } from '../testing/captured-world.test-support.ts';
import { runCli } from '../run-cli.ts';

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nextx-import-'));
  const tensors = [['head.bias', float32Tensor(new Float32Array(3), [3])] as const];
  await writeFile(at('tiny.safetensors'), writeSafetensors(tensors));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ code: number; err: string }> {
  const world = capturedWorld();
  const code = await runCli(['import', ...words], world);
  return { code, err: world.stderr() };
}

describe('nextx import', () => {
  it('names the nearest checkpoint it knows', async () => {
    const { code, err } = await run(at('tiny.safetensors'), '--as', 'var-d17', '--out', at('a'));

    expect(code).toBe(2);
    expect(err).toContain('var-d16');
  });

  it('asks for the tokenizer of a model that is published apart from it', async () => {
    const { code, err } = await run(at('tiny.safetensors'), '--as', 'var-d16', '--out', at('a'));

    expect(code).toBe(2);
    expect(err).toContain('--tokenizer is missing');
  });

  it('lists what a checkpoint lacks and writes nothing', async () => {
    const file = at('tiny.safetensors');
    const { code, err } = await run(file, '--as', 'var-tokenizer', '--out', at('a'));

    expect(code).toBe(1);
    expect(err).toContain('encoder.conv_in.weight');
    expect(await readdir(folder)).toEqual(['tiny.safetensors']);
  });
});
