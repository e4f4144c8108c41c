import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capturedWorld } from '../testing/captured-world.test-support.ts';
import { tinyWorkspace } from '../testing/tiny-workspace.test-support.ts';
import { startFromArguments } from './start-from-arguments.ts';

const workspace = tinyWorkspace();
const { at, run } = workspace;

beforeAll(() => workspace.make(), 120_000);
afterAll(() => workspace.remove());

describe('nextx start', () => {
  it('writes a sheet of all classes, a row of edits, a forecast and a page of all', async () => {
    const world = capturedWorld();
    const model = { name: 'tiny', folder: at('model') };
    await startFromArguments({ out: at('out'), engine: 'cpu', seed: '3' }, world, [model]);

    expect((await readdir(at('out'))).sort()).toEqual([
      'forecast.png',
      'index.html',
      'tiny-edit.png',
      'tiny.png',
    ]);
    expect(world.stdout().trim().split('\n')).toEqual(
      ['tiny.png', 'tiny-edit.png', 'forecast.png', 'index.html'].map((file) => at('out', file)),
    );
    const page = await readFile(at('out', 'index.html'), 'utf8');
    expect(page.match(/src="([^"]*)"/g)).toEqual([
      'src="tiny.png"',
      'src="tiny-edit.png"',
      'src="forecast.png"',
    ]);
    expect(page).not.toMatch(/https?:|<script|\/tmp\//);
  });

  it.each(['tiny.png', 'tiny-edit.png'])('writes %s so that it can be made again', async (file) => {
    const { code, err } = await run(['replay', at('out', file), '--model', at('model')]);

    expect(err).toContain('the same bytes');
    expect(code).toBe(0);
  });

  it('says how to train a model where none is shipped', async () => {
    const world = capturedWorld();
    await startFromArguments({ out: at('none') }, world, []);

    expect(world.stderr()).toContain('nextx train var-tokenizer --data DIR');
    expect(world.stdout()).toBe('');
  });
});
