import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { bytesSource, float16Tensor, openSafetensors, toFloat32 } from '@nextx/core';
import { openCheckpointStore } from '@nextx/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  tinyTokenizer,
  tinyVar,
  writeClassFolders,
} from '../testing/class-folders.test-support.ts';
import { startNextx } from '../testing/run-child.test-support.ts';
import { tinyWorkspace } from '../testing/tiny-workspace.test-support.ts';

const workspace = tinyWorkspace();
const { root, at, run, train, newestState } = workspace;

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Stops at the end of the first step that is reported. */
const stopAtFirstStep = (text: string, stop: () => void) => {
  if (text.includes('"event":"step"')) stop();
};

beforeAll(() => workspace.make(), 120_000);
afterAll(() => workspace.remove());

describe('nextx train', () => {
  it('writes a model folder, its log, its curve and two checkpoints at most', async () => {
    expect((await readdir(at('tokenizer'))).sort()).toEqual([
      'README.md',
      'config.json',
      'model.safetensors',
      'training',
    ]);
    expect((await readdir(at('tokenizer', 'training'))).sort()).toEqual([
      'checkpoints',
      'log.jsonl',
      'loss.html',
      'loss.svg',
    ]);
    const log = (await readFile(at('tokenizer', 'training', 'log.jsonl'), 'utf8'))
      .trim()
      .split('\n');
    expect(log.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3]);
  });

  it('says on the card what was trained on, how, and how good it is', async () => {
    const card = await readFile(at('tokenizer', 'README.md'), 'utf8');

    expect(card).toContain('16 pictures, 3 updates, 12 pictures seen, on the cpu engine');
    expect(card).toMatch(/\| psnr \| [\d.]+ \|/);
    expect(card).toContain('nextx train var-tokenizer --data');
    expect(card).toContain('"averageDecay": 0.5');
  });

  it('saves the moving average where there is one', async () => {
    const state = await newestState('tokenizer');
    const states = await openSafetensors(bytesSource(state.get('state.safetensors') as Uint8Array));
    const model = await openSafetensors(
      bytesSource(await readFile(at('tokenizer', 'model.safetensors'))),
    );
    const name = 'quantizer.codebook';
    const [average, weights] = [
      await states.read(`average.${name}`),
      await states.read(`weights.${name}`),
    ];
    const rounded = float16Tensor(toFloat32(average), average.shape);

    expect((await model.read(name)).data).toEqual(rounded.data);
    expect(average.data).not.toEqual(weights.data);
  });

  it('prints what it found in the data, and lines of JSON alone on standard output', async () => {
    const { out, err } = await run(train('var-tokenizer', 'reported'));

    expect(err).toContain('train split: 16 pictures, 8 x 8, grey');
    const events = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(['step', 'step', 'step', 'done']);
  });

  it('goes on after a stop to the same bytes as without one', async () => {
    const stopped = await run(train('var-tokenizer', 'stopped'), stopAtFirstStep);
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/stopped after step 1 of 3; go on with: nextx train .* --resume/);
    const resumed = await run(train('var-tokenizer', 'stopped', '--resume'));

    expect(resumed.code).toBe(0);
    expect(resumed.err).toContain('going on from step 1 of 3');
    const [one, other] = [await newestState('stopped'), await newestState('tokenizer')];
    expect(sum(one.get('state.safetensors') as Uint8Array)).toBe(
      sum(other.get('state.safetensors') as Uint8Array),
    );
    expect(await readFile(at('stopped', 'model.safetensors'))).toEqual(
      await readFile(at('tokenizer', 'model.safetensors')),
    );
    const losses = async (out: string) =>
      (await readFile(at(out, 'training', 'log.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { loss: number }).loss);
    expect(await losses('stopped')).toEqual(await losses('tokenizer'));
  });

  it('goes on without a config, and encodes nothing twice', async () => {
    const line = ['train', 'var', '--data', at('data'), '--tokenizer', at('tokenizer')];
    const place = ['--out', at('paused'), '--engine', 'cpu', '--json'];
    const config = ['--config', at('var.json')];
    expect((await run([...line, ...place, ...config], stopAtFirstStep)).code).toBe(130);
    const { code, err } = await run([...line, ...place, '--resume']);

    expect(code).toBe(0);
    expect(err).not.toContain('encoding');
    // The card names the command that began it: the second one alone would train something else.
    expect(await readFile(at('paused', 'README.md'), 'utf8')).toMatch(
      /nextx train var --data \S+ --out \S+ --config \S+var\.json --tokenizer/,
    );
    expect(await readFile(at('paused', 'model.safetensors'))).toEqual(
      await readFile(at('model', 'model.safetensors')),
    );
  });

  it('refuses to go on with other settings, naming them', async () => {
    const { code, err } = await run(
      train('var-tokenizer', 'tokenizer', '--resume', '--batch', '8'),
    );

    expect(code).toBe(2);
    expect(err).toContain('training.batchSize: 8 now, 4 in the checkpoint');
  });

  it('refuses to go on with other pictures, or over another tokenizer', async () => {
    await writeClassFolders(at('data-of-others'), 3);
    await run(train('var-tokenizer', 'other-tokenizer', '--seed', '2'));
    const data = ['--data', at('data-of-others'), '--resume'];
    const otherData = await run(train('var-tokenizer', 'tokenizer', ...data));
    const tokenizer = ['--tokenizer', at('other-tokenizer'), '--resume'];
    const otherTokenizer = await run(train('var', 'model', ...tokenizer));

    expect([otherData.code, otherTokenizer.code]).toEqual([2, 2]);
    expect(otherData.err).toMatch(
      /these differ: data\.name: "data-of-others" now, "data" .*checksum/,
    );
    expect(otherTokenizer.err).toMatch(/these differ: tokenizer: "[0-9a-f]{64}" now/);
  });

  it('goes on from a checkpoint that does not say what it was trained on, with a warning', async () => {
    await run(train('var-tokenizer', 'unnamed'));
    const files = new Map(await newestState('unnamed'));
    const state = JSON.parse(new TextDecoder().decode(files.get('state.json'))) as object;
    const unnamed = JSON.stringify({ ...state, basis: undefined });
    files.set('state.json', new TextEncoder().encode(unnamed));
    await openCheckpointStore(at('unnamed', 'training', 'checkpoints'), { keep: 2 }).save(3, files);
    const { code, err } = await run(train('var-tokenizer', 'unnamed', '--resume'));

    expect(code).toBe(0);
    expect(err).toContain('warning: the checkpoint does not say what it was trained on');
  });

  it('refuses to train over a training', async () => {
    const { code, err } = await run(train('var-tokenizer', 'tokenizer'));

    expect(code).toBe(2);
    expect(err).toContain('it holds a training. Add --resume');
  });

  it('starts anew where there is nothing to go on from, and says so', async () => {
    const { code, err } = await run(train('var-tokenizer', 'fresh', '--resume'));

    expect(code).toBe(0);
    expect(err).toContain('no checkpoint to go on from: starting anew');
  });

  it('trains a judge and says how often it is right', async () => {
    const line = ['train', 'judge', '--data', at('data'), '--size', '8', '--out', at('judge')];
    const { code, out } = await run([
      ...line,
      '--steps',
      '2',
      '--batch',
      '4',
      '--engine',
      'cpu',
      '--json',
    ]);

    expect(code).toBe(0);
    const done = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { accuracy: number };
    expect([0, 0.5, 1]).toContain(done.accuracy);
  });

  it.each([
    ['a config of another recipe', { ...tinyVar }, 'must be of the recipe var-tokenizer'],
    ['an unknown setting', { ...tinyTokenizer, training: { stepz: 1 } }, '"stepz"'],
    ['a rate of zero', { ...tinyTokenizer, training: { learningRate: 0 } }, 'learningRate'],
    ['an unknown option', { ...tinyTokenizer, options: { chanels: 4 } }, '"chanels"'],
    [
      'another size than the pictures',
      { ...tinyTokenizer, options: { ...tinyTokenizer.options, imageChannels: 3 } },
      'pictures must be 8 x 8 with 3 channels',
    ],
  ])('refuses %s with exit code 2 and leaves nothing behind', async (_, config, message) => {
    await writeFile(at('bad.json'), JSON.stringify(config));
    const line = ['train', 'var-tokenizer', '--data', at('data'), '--out', at('bad')];
    const { code, err } = await run([...line, '--config', at('bad.json'), '--engine', 'cpu']);

    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(await readdir(root)).not.toContain('bad');
  });

  it('stops where the loss is no number any more, and keeps the last checkpoint', async () => {
    const wild = { ...tinyTokenizer.training, steps: 20, learningRate: 1e30, warmupSteps: 0 };
    await writeFile(at('wild.json'), JSON.stringify({ ...tinyTokenizer, training: wild }));
    const line = ['--config', at('wild.json'), '--checkpoint-seconds', '0'];
    const { code, err } = await run(train('var-tokenizer', 'wild', ...line));

    expect(code).toBe(1);
    expect(err).toMatch(
      /loss and gradient must be finite, got a loss of NaN at step \d+ with learning rate/,
    );
    expect(err).toMatch(/the checkpoint of step \d+ in .* is kept/);
    expect((await newestState('wild')).has('state.safetensors')).toBe(true);
    expect(await readdir(at('wild'))).not.toContain('model.safetensors');
  });

  it('refuses a folder without pictures with exit code 1', async () => {
    const line = ['train', 'var-tokenizer', '--data', at('tokenizer', 'training', 'checkpoints')];
    const { code, err } = await run([...line, '--out', at('none'), '--engine', 'cpu']);

    expect(code).toBe(1);
    expect(err).toContain('must hold idx files, the emoji files, or PNG and JPEG files');
  });

  it('says how to make a tokenizer where none is given', async () => {
    const { code, err } = await run(train('var', 'untold'));

    expect(code).toBe(2);
    expect(err).toContain('Train one with "nextx train var-tokenizer');
  });

  it('saves a checkpoint and ends with 130 when a process is interrupted', async () => {
    const line = train(
      'var-tokenizer',
      'interrupted',
      '--steps',
      '100000',
      '--learning-rate',
      '1e-5',
    );
    let isSent = false;
    const child = startNextx(line, (text) => {
      if (isSent || !text.includes('training: 1/100000')) return;
      isSent = true;
      child.process.kill('SIGINT');
    });
    const { code } = await child.end;

    expect({ code, said: child.stderr().slice(-400) }).toMatchObject({ code: 130 });
    const state = await newestState('interrupted');
    const facts = JSON.parse(new TextDecoder().decode(state.get('state.json'))) as { step: number };
    expect(facts.step).toBeGreaterThan(0);
    expect(await readdir(at('interrupted', 'training', 'checkpoints'))).not.toContainEqual(
      expect.stringMatching(/tmp$/),
    );
  });
});
