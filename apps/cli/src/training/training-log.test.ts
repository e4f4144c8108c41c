import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrainingLog } from './training-log.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nextx-log-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('openTrainingLog', () => {
  it('drops what comes after the checkpoint, and a line that was cut', async () => {
    const file = join(folder, 'log.jsonl');
    await writeFile(
      file,
      '{"step":1,"loss":3}\n{"step":2,"loss":2}\n{"step":3,"loss":1}\n{"step":4,"lo',
    );
    const { entries } = await openTrainingLog(file, 2);

    expect(entries.map(({ step }) => step)).toEqual([1, 2]);
    expect(await readFile(file, 'utf8')).toBe('{"step":1,"loss":3}\n{"step":2,"loss":2}\n');
  });

  it('begins anew without a checkpoint', async () => {
    const file = join(folder, 'new.jsonl');
    await writeFile(file, '{"step":1,"loss":3}\n');

    expect((await openTrainingLog(file, 0)).entries).toEqual([]);
  });
});
