import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, openSafetensors } from '@nextx/core';
import { openCheckpointStore } from '@nextx/core/node';
import { decodePng, encodePng, readImageMetadata } from '@nextx/image';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';
import { capturedWorld } from './testing/captured-world.test-support.ts';
import { tinyTokenizer, tinyVar, writeClassFolders } from './testing/class-folders.test-support.ts';
import { startNextx } from './testing/run-child.test-support.ts';

let root = '';
const at = (...names: string[]) => join(root, ...names);

async function run(words: readonly string[], onOut?: (text: string, stop: () => void) => void) {
  const world = capturedWorld(onOut);
  const code = await runCli(words, world);
  return { code, out: world.stdout(), err: world.stderr() };
}

const train = (recipe: string, out: string, ...more: string[]) => [
  ...['train', recipe, '--data', at('data'), '--config', at(`${recipe}.json`)],
  ...['--out', at(out), '--engine', 'cpu', '--json', ...more],
];

async function newestState(out: string) {
  const stored = await openCheckpointStore(at(out, 'training', 'checkpoints'), {
    keep: 2,
  }).latest();
  return stored?.files ?? new Map<string, Uint8Array>();
}

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Stops at the end of the first step that is reported. */
const stopAtFirstStep = (text: string, stop: () => void) => {
  if (text.includes('"event":"step"')) stop();
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nextx-cli-'));
  await writeClassFolders(at('data'));
  await writeFile(at('var-tokenizer.json'), JSON.stringify(tinyTokenizer));
  await writeFile(at('var.json'), JSON.stringify(tinyVar));
  expect((await run(train('var-tokenizer', 'tokenizer'))).code).toBe(0);
  expect((await run(train('var', 'model', '--tokenizer', at('tokenizer')))).code).toBe(0);
}, 120_000);

afterAll(() => rm(root, { recursive: true, force: true }));

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
    const { float16Tensor, toFloat32 } = await import('@nextx/core');
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
    const words = ['train', 'var', '--data', at('data'), '--tokenizer', at('tokenizer')];
    const place = ['--out', at('paused'), '--engine', 'cpu', '--json'];
    const config = ['--config', at('var.json')];
    expect((await run([...words, ...place, ...config], stopAtFirstStep)).code).toBe(130);
    const { code, err } = await run([...words, ...place, '--resume']);

    expect(code).toBe(0);
    expect(err).not.toContain('encoding');
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
    const words = ['train', 'judge', '--data', at('data'), '--size', '8', '--out', at('judge')];
    const { code, out } = await run([
      ...words,
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
    const words = ['train', 'var-tokenizer', '--data', at('data'), '--out', at('bad')];
    const { code, err } = await run([...words, '--config', at('bad.json'), '--engine', 'cpu']);

    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(await readdir(root)).not.toContain('bad');
  });

  it('refuses a folder without pictures with exit code 1', async () => {
    const words = ['train', 'var-tokenizer', '--data', at('tokenizer', 'training', 'checkpoints')];
    const { code, err } = await run([...words, '--out', at('none'), '--engine', 'cpu']);

    expect(code).toBe(1);
    expect(err).toContain('must hold idx files, the emoji files, or PNG and JPEG files');
  });

  it('says how to make a tokenizer where none is given', async () => {
    const { code, err } = await run(train('var', 'untold'));

    expect(code).toBe(2);
    expect(err).toContain('Train one with "nextx train var-tokenizer');
  });

  it('saves a checkpoint and ends with 130 when a process is interrupted', async () => {
    const words = train(
      'var-tokenizer',
      'interrupted',
      '--steps',
      '100000',
      '--learning-rate',
      '1e-5',
    );
    let isSent = false;
    const child = startNextx(words, (text) => {
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

describe('nextx generate image and nextx replay', () => {
  const generate = (...more: string[]) => [
    ...['generate', 'image', '--model', at('model'), '--engine', 'cpu', ...more],
  ];
  const replay = (file: string, ...more: string[]) => [
    ...['replay', at(file), '--model', at('model'), ...more],
  ];

  it('writes a sheet that says how it was made, and makes the same bytes again', async () => {
    const words = ['--class', 'down,across', '--count', '5', '--seed', '7', '--guidance', '2'];
    const made = await run(generate(...words, '--batch', '2', '--out', at('grid.png')));
    const again = await run(replay('grid.png', '--out', at('again.png'), '--json'));

    expect(made).toMatchObject({ code: 0, out: `${at('grid.png')}\n` });
    expect(made.err).toContain('5 pictures, seeds 7 to 11');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ isSameBytes: true, mostDifferent: 0 });
    expect(await readFile(at('again.png'))).toEqual(await readFile(at('grid.png')));
  });

  it('gives every picture the seed and class that were asked for', async () => {
    await run(generate('--class', 'down', '--count', '3', '--seed', '7', '--out', at('down.png')));
    const record = readImageMetadata(await readFile(at('down.png')));

    expect(record).toMatchObject({
      program: 'nextx',
      recipe: 'var',
      pictures: [
        { label: 'down', seed: '7' },
        { label: 'down', seed: '8' },
        { label: 'down', seed: '9' },
      ],
    });
  });

  it('makes a picture alone that is the same as in a batch', async () => {
    await run(
      generate('--class', 'down', '--count', '3', '--seed', '20', '--out-dir', at('three')),
    );
    await run(generate('--class', 'down', '--count', '1', '--seed', '22', '--out-dir', at('one')));
    const [three, one] = [
      await readFile(at('three', '002-down-22.png')),
      await readFile(at('one', '000-down-22.png')),
    ];

    expect(decodePng(one).pixels).toEqual(decodePng(three).pixels);
    expect((await run(replay('three/002-down-22.png'))).err).toContain('the same bytes');
  });

  it('keeps what the mask keeps, and makes the edit again', async () => {
    const image = at('data', 'test', 'across', '0.png');
    await run(
      generate(
        '--image',
        image,
        '--border',
        '2',
        '--class',
        'down',
        '--count',
        '2',
        '--out-dir',
        at('edit'),
      ),
    );
    const [name] = await readdir(at('edit'));
    const [before, after] = [await readFile(image), await readFile(at('edit', name))].map(
      (bytes) => decodePng(bytes).pixels.data,
    );
    const inside = [...before.keys()].filter((i) => i % 8 > 1 && i % 8 < 6 && i > 15 && i < 48);

    expect(inside.map((i) => after[i])).toEqual(inside.map((i) => before[i]));
    expect((await run(replay(`edit/${name}`))).err).toContain('the same bytes');
  });

  it('refuses a mask of another size than the picture', async () => {
    const mask = { width: 4, height: 8, channels: 1, data: new Uint8Array(32) } as const;
    await writeFile(at('mask.png'), encodePng(mask));
    const image = at('data', 'test', 'across', '0.png');
    const { code, err } = await run(generate('--image', image, '--mask', at('mask.png')));

    expect(code).toBe(1);
    expect(err).toContain("must have the picture's size 8 x 8, got 4 x 8");
  });

  it('leaves out how the file was made when told to, and then cannot make it again', async () => {
    await run(generate('--count', '1', '--no-metadata', '--out', at('bare.png')));
    const { code, err } = await run(replay('bare.png'));

    expect(readImageMetadata(await readFile(at('bare.png')))).toBeUndefined();
    expect(code).toBe(1);
    expect(err).toContain('must say how it was made');
  });

  it('refuses to make a picture again with another model', async () => {
    await run(generate('--count', '1', '--out', at('own.png')));
    const { code, err } = await run(['replay', at('own.png'), '--model', at('paused-not')]);
    const shipped = await run(['replay', at('own.png')]);

    expect([code, shipped.code]).toEqual([1, 1]);
    expect(err).toContain('got "');
    expect(shipped.err).toContain('Give its folder with --model DIR');
  });

  it('stops within a step, leaving no file', async () => {
    const world = capturedWorld();
    world.stop();
    const code = await runCli(generate('--out', at('stopped.png')), world);

    expect(code).toBe(130);
    expect(await readdir(root)).not.toContain('stopped.png');
  });

  it('names the nearest class', async () => {
    const { code, err } = await run(generate('--class', 'dwon'));

    expect(code).toBe(2);
    expect(err).toContain('Did you mean "down"?');
  });
});

describe('nextx models, plan and inspect', () => {
  it('list a model folder, its plan and its tensors', async () => {
    const models = await run(['models', root, '--json']);
    const plan = await run(['plan', at('model')]);
    const inspect = await run(['inspect', at('model'), '--check']);

    const found = models.out
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]));
    expect(found).toContainEqual(
      expect.objectContaining({ folder: at('model'), recipe: 'var', classes: ['across', 'down'] }),
    );
    expect(plan.out).toContain('21 positions in 3 steps');
    expect(inspect.out).toContain('tokenizer.quantizer.codebook  F16 [16, 4]');
    expect(inspect.err).toContain('all values are finite');
  });

  it('names the tensors that hold NaN', async () => {
    const { float32Tensor, writeSafetensors } = await import('@nextx/core');
    const tensors = new Map([['bad', float32Tensor(Float32Array.of(1, NaN, Infinity), [3])]]);
    await writeFile(at('bad.safetensors'), writeSafetensors(tensors));
    const { code, err } = await run(['inspect', at('bad.safetensors'), '--check']);

    expect(code).toBe(1);
    expect(err).toContain('"bad" (1 NaN, 1 infinite)');
  });
});
