import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs';
import { float32Tensor, initializer, keyFromSeed, namedParams, OptionError } from '@nextx/core';
import { folderFiles, saveModel } from '@nextx/core/node';
import { memory, ones, setBackend, type Rank } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initJudge, judgeForward, type JudgeOptions, type JudgeParams } from './judge.ts';
import { loadJudge } from './load-judge.ts';

beforeAll(() => setBackend('cpu'));

const options: JudgeOptions = { width: 8, height: 8, channels: 1, classes: 3 };

async function saved(params: JudgeParams, recipe = 'judge'): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'nextx-judge-')), 'judge');
  const tensors = namedParams(params).map(
    ([name, value]) =>
      [name, float32Tensor(value.dataSync() as Float32Array, value.shape)] as const,
  );
  const config = { recipe, version: 1, options, labels: ['a', 'b', 'c'] } as const;
  await saveModel(folder, { config, tensors, card: '# A judge\n' });
  return folder;
}

describe('loadJudge', () => {
  it('sees what the judge saw that was saved', async () => {
    const params = initJudge(options, initializer(keyFromSeed(5n)));
    const images = ones<Rank.R4>([1, 8, 8, 1]);
    const expected = judgeForward(params, images).logits.dataSync();
    const folder = await saved(params);
    const before = memory().numTensors;

    const judge = await loadJudge(folderFiles(folder));

    const seen = judgeForward(judge.params, images);
    expect([...seen.logits.dataSync()]).toEqual([...expected]);
    expect(judge.labels).toEqual(['a', 'b', 'c']);
    expect(judge.checksum).toMatch(/^[0-9a-f]{64}$/);
    [seen.logits, seen.features, ...seen.maps].forEach((tensor) => tensor.dispose());
    judge.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses a model of something else', async () => {
    const folder = await saved(initJudge(options, initializer(keyFromSeed(5n))), 'var');

    await expect(loadJudge(folderFiles(folder))).rejects.toThrow(OptionError);
  });
});
