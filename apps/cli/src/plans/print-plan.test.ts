import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgramListing } from '@nextx/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { capturedWorld } from '../testing/captured-world.test-support.ts';

let folder = '';
const at = (name: string) => join(folder, name);
const docs = new URL('../../../../docs/', import.meta.url);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nextx-plan-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...words: string[]) {
  const world = capturedWorld();
  const code = await runCli(['plan', ...words], world);
  return { code, out: world.stdout(), err: world.stderr() };
}

describe('nextx plan', () => {
  it('prints an order without a model', async () => {
    const { code, out } = await run('--order', 'raster:1x2');

    expect(code).toBe(0);
    expect(out).toBe(
      'raster: 2 positions in 2 steps, causal\n0 | 1 | 0 | (0, 0)\n1 | 1 | 1 | (0, 1)\n',
    );
  });

  it('prints the program of a model by steps', async () => {
    const { code, out } = await run('--model', 'fashion-var', '--program', '--guided');

    expect(code).toBe(0);
    expect(out).toMatch(/^next-scale on cpu: 6 steps, .* f32 weights.* 1 item in 2 sequences\n/);
    expect(out).toContain('step 5: 98 rows');
  });

  it('counts 5 dispatches a block and 3 more in a step of few rows, 7 and 6 in one of many', async () => {
    const line = ['--model', 'fashion-var', '--program', '--executor', 'webgpu', '--json'];
    const { steps } = JSON.parse((await run(...line)).out) as ProgramListing; // what the line holds

    const counts = steps.map(({ operations }) =>
      Object.values(operations).reduce((sum, count) => sum + count, 0),
    );
    // 6 blocks; scales of 1, 4, 9, 16, 25 and 49 positions. Up to 8 rows are few, the first has 2 inputs less.
    expect(counts).toEqual([5 * 6 + 3, 5 * 6 + 5, ...Array.from({ length: 4 }, () => 7 * 6 + 6)]);
  });

  it('says that the reference runs the recipe and has no program', async () => {
    const line = ['--model', 'fashion-var', '--program', '--executor', 'reference'];

    expect((await run(...line)).out).toMatch(/^reference: it runs the recipe .* has no program/);
    expect(JSON.parse((await run(...line, '--json')).out)).toMatchObject({
      event: 'program',
      executor: 'reference',
    });
  });

  it('draws a plan into a file and prints its name', async () => {
    const { code, out } = await run('--order', 'near-to-far:3x3', '--svg', at('plan.svg'));

    expect({ code, out }).toEqual({ code: 0, out: `${at('plan.svg')}\n` });
    expect(await readFile(at('plan.svg'), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it.each([
    [['--executor', 'cpu'], '--executor says how a program runs. Add --program.'],
    [['--guided'], '--guided says how a program runs'],
    [['--order', 'raster:2x2', '--program'], '--order is a plan without a model'],
    [['--order', 'raster:2x2', '--model', 'fashion-var'], '--order is a plan without a model'],
    [['--order', 'raster:2'.repeat(2)], '--order must be written like raster:16x16'],
    [['--program'], '--model is missing'],
    [['--model', 'm', '--program', '--executor', 'webgpu', '--format', 'bf16'], '--format must be'],
    [['--model', 'm', '--program', '--executor', 'gpu'], '--executor must be one of cpu'],
    [['--model', 'm', '--program', '--batch', '0'], '--batch must be'],
    [['--order', 'raster:2x2', '--svg', 'plan.png'], '--svg must name a file that ends with .svg'],
  ])('refuses %j with exit code 2', async (words, message) => {
    const { code, err } = await run(...words);

    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('leaves nothing behind where the folder of the picture is missing', async () => {
    const before = await readdir(folder);
    const { code, err } = await run('--order', 'raster:2x2', '--svg', at('nowhere/plan.svg'));

    expect(code).toBe(1);
    expect(err).toContain('nowhere');
    expect(await readdir(folder)).toEqual(before);
  });
});

describe('docs/architecture.md', () => {
  it('shows the program that its command prints', async () => {
    const text = await readFile(new URL('architecture.md', docs), 'utf8');
    const [, line, shown] = /\$ nextx plan (--model .*)\n([^]*?)\n```/.exec(text) ?? [];

    expect((await run(...line.split(' '))).out).toBe(`${shown}\n`);
  });

  it.each([
    ['raster:4x4', 'plan-raster.svg'],
    ['next-scale:1,2,3,4,5,7', 'plan-next-scale.svg'],
  ])('shows %s as it is drawn', async (order, file) => {
    await run('--order', order, '--svg', at(file));

    expect(await readFile(at(file), 'utf8')).toBe(
      await readFile(new URL(`images/${file}`, docs), 'utf8'),
    );
  });
});
