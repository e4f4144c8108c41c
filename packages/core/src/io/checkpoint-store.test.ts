import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpointStore } from './checkpoint-store.ts';
import { failingFs } from './failing-fs.test-support.ts';

const filesOf = (step: number): Map<string, Uint8Array> =>
  new Map([
    ['model.safetensors', new Uint8Array(1000).fill(step)],
    ['state.json', new TextEncoder().encode(JSON.stringify({ step }))],
  ]);
let root = '';
let dir = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nextx-store-'));
  dir = join(root, 'checkpoints');
});

afterEach(() => rm(root, { recursive: true, force: true }));

describe('openCheckpointStore', () => {
  it('finds nothing where nothing was saved', async () => {
    expect(await openCheckpointStore(dir, { keep: 2 }).latest()).toBeUndefined();
  });

  it('gives back the newest checkpoint and keeps as many as asked', async () => {
    const store = openCheckpointStore(dir, { keep: 2 });
    for (const step of [10, 20, 30]) {
      await store.save(step, filesOf(step));
    }

    expect(await store.latest()).toEqual({ step: 30, files: filesOf(30), warnings: [] });
    expect((await readdir(dir)).sort()).toEqual([
      'checkpoint-000002',
      'checkpoint-000003',
      'latest.json',
    ]);
  });

  it('takes the last one saved, also after going back to an earlier step', async () => {
    const store = openCheckpointStore(dir, { keep: 1 });
    await store.save(100, filesOf(100));
    await store.save(50, filesOf(50));

    expect((await store.latest())?.step).toBe(50);
  });

  it.each([
    ['a file is cut', (folder: string) => truncate(join(folder, 'model.safetensors'), 500)],
    ['a byte is changed', (folder: string) => writeFile(join(folder, 'state.json'), '{"step":8}')],
    ['a file is gone', (folder: string) => rm(join(folder, 'state.json'))],
    ['the manifest is cut', (folder: string) => truncate(join(folder, 'manifest.json'), 20)],
    ['the manifest is gone', (folder: string) => rm(join(folder, 'manifest.json'))],
    ['the folder is gone', (folder: string) => rm(folder, { recursive: true })],
  ])('falls back to the one before with a warning when %s', async (_, damage) => {
    const store = openCheckpointStore(dir, { keep: 2 });
    await store.save(1, filesOf(1));
    await store.save(2, filesOf(2));
    await damage(join(dir, 'checkpoint-000002'));

    const found = await store.latest();

    expect(found?.step).toBe(1);
    expect(found?.files).toEqual(filesOf(1));
    expect(found?.warnings).toHaveLength(1);
    expect(found?.warnings[0]).toContain('checkpoint-000002');
  });

  it('falls back to the newest folder when the pointer is damaged', async () => {
    const store = openCheckpointStore(dir, { keep: 2 });
    await store.save(1, filesOf(1));
    await store.save(2, filesOf(2));
    await writeFile(join(dir, 'latest.json'), '{"folder":"../elsewhere"}');

    const found = await store.latest();

    expect(found?.step).toBe(2);
    expect(found?.warnings[0]).toContain('latest.json');
  });

  it('refuses when every checkpoint is damaged', async () => {
    const store = openCheckpointStore(dir, { keep: 2 });
    await store.save(1, filesOf(1));
    await truncate(join(dir, 'checkpoint-000001', 'model.safetensors'), 5);

    await expect(store.latest()).rejects.toMatchObject({ code: 'FORMAT' });
  });

  it('holds a whole checkpoint when every call from the k-th on fails (J3, J7)', async () => {
    const counting = failingFs(0, 0);
    await openCheckpointStore(dir, { keep: 1, fs: counting.fs }).save(1, filesOf(1));

    for (let k = 1; k <= counting.calls() + 4; k += 1) {
      await rm(dir, { recursive: true });
      await openCheckpointStore(dir, { keep: 1 }).save(1, filesOf(1));
      const { fs } = failingFs(k, Infinity);
      const failing = openCheckpointStore(dir, { keep: 1, fs, pauseMs: 0 });
      const outcome = await failing.save(2, filesOf(2)).then(
        () => 'saved',
        (error: { code?: string }) => error.code,
      );

      const found = await openCheckpointStore(dir, { keep: 1 }).latest();
      expect(outcome === 'saved' ? [2] : [1, 2]).toContain(found?.step);
      expect(found?.files).toEqual(filesOf(found?.step ?? 0));
      expect(['saved', 'IO']).toContain(outcome);
    }
    expect(counting.calls()).toBeGreaterThan(20);
  });

  it('removes what an interrupted save left behind', async () => {
    const store = openCheckpointStore(dir, { keep: 2 });
    await store.save(1, filesOf(1));
    await writeFile(join(dir, '.checkpoint-000002.1234abcd.tmp'), 'half');

    await store.save(2, filesOf(2));

    expect((await readdir(dir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each(['../x', 'a/b', '', '.hidden', 'manifest.json'])(
    'refuses the file name %j',
    async (name) => {
      const saved = openCheckpointStore(dir, { keep: 1 }).save(
        1,
        new Map([[name, new Uint8Array(1)]]),
      );

      await expect(saved).rejects.toMatchObject({ code: 'ARG' });
    },
  );

  it('refuses to keep none', () => {
    expect(() => openCheckpointStore(dir, { keep: 0 })).toThrow(/at least 1/);
  });
});
