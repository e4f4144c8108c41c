import { readdir, readFile, writeFile } from 'node:fs/promises';
import { float32Tensor, writeSafetensors } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { decodePng, encodePng, loadImageModel, readImageMetadata } from '@nextx/image';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webGpuStatus } from '../engines/webgpu-engine.ts';
import { runCli } from '../run-cli.ts';
import { startExecutor } from '../start-executor.ts';
import { capturedWorld } from '../testing/captured-world.test-support.ts';
import { tinyWorkspace, words } from '../testing/tiny-workspace.test-support.ts';

const hasAdapter = (await webGpuStatus()).available;
const workspace = tinyWorkspace();
const { root, at, run } = workspace;

beforeAll(() => workspace.make(), 120_000);
afterAll(() => workspace.remove());

describe('nextx generate image and nextx replay', () => {
  const generate = (...more: string[]) =>
    words(`generate image --engine cpu --model ${at('model')}`, ...more);
  const replay = (file: string, ...more: string[]) =>
    words(`replay ${at(file)} --model ${at('model')}`, ...more);

  it('writes a sheet that says how it was made, and makes the same bytes again', async () => {
    const line = ['--class', 'down,across', '--count', '5', '--seed', '7', '--guidance', '2'];
    const made = await run(generate(...line, '--batch', '2', '--out', at('grid.png')));
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

  it('keeps the best of several candidates, and makes the same bytes again', async () => {
    const line = ['--class', 'down', '--count', '3', '--seed', '7', '--best-of', '4'];
    const made = await run(generate(...line, '--batch', '2', '--out', at('best.png')));
    const record = readImageMetadata(await readFile(at('best.png')));

    expect(made.err).toContain('3 pictures, the best of 4 each');
    expect(record).toMatchObject({ bestOf: 4 });
    expect((await run(replay('best.png'))).err).toContain('the same bytes');
  });

  it('draws the same pictures by the cpu executor as by the reference, and makes the same bytes again', async () => {
    const line = ['--class', 'down,across', '--count', '4', '--seed', '7', '--guidance', '2'];
    await run(generate(...line, '--executor', 'reference', '--out', at('reference.png')));
    const made = await run(generate(...line, '--executor', 'cpu', '--out', at('cpu.png')));
    const [reference, cpu] = [await readFile(at('reference.png')), await readFile(at('cpu.png'))];

    expect(made.err).toContain('executor: cpu, f32');
    expect(decodePng(cpu).pixels).toEqual(decodePng(reference).pixels);
    expect(readImageMetadata(cpu)).toMatchObject({ executor: { name: 'cpu', format: 'f32' } });
    expect(readImageMetadata(reference)).not.toHaveProperty('executor');
    expect((await run(replay('cpu.png'))).err).toContain('the same bytes');
  });

  it.each(['bf16', 'int8', 'int4'])('draws by %s weights, and the same again', async (format) => {
    const line = ['--count', '2', '--seed', '7', '--executor', 'cpu', '--format', format];
    const made = await run(generate(...line, '--threads', '2', '--out', at(`${format}.png`)));

    expect(made.err).toContain(`executor: cpu, ${format}`);
    expect((await run(replay(`${format}.png`))).err).toContain('the same bytes');
  });

  it.skipIf(!hasAdapter)(
    'draws the same pictures by the webgpu executor as by the reference, and makes the same bytes again (needs a WebGPU adapter)',
    async () => {
      const line = ['--class', 'down,across', '--count', '2', '--seed', '7', '--guidance', '2'];
      await run(generate(...line, '--executor', 'reference', '--out', at('exact.png')));
      const made = await run(generate(...line, '--executor', 'webgpu', '--out', at('gpu.png')));
      const [reference, gpu] = [await readFile(at('exact.png')), await readFile(at('gpu.png'))];

      expect(made.err).toContain('executor: webgpu, f32 with f32 cache, on ');
      expect(decodePng(gpu).pixels).toEqual(decodePng(reference).pixels);
      expect(readImageMetadata(gpu)).toMatchObject({
        engine: { name: 'cpu' },
        executor: { name: 'webgpu', format: 'f32', cacheFormat: 'f32' },
      });
      expect((await run(replay('gpu.png'))).err).toContain('the same bytes');
    },
    240_000,
  );

  it.skipIf(!hasAdapter)(
    'takes the webgpu executor by itself where a GPU is the engine and has room (needs a WebGPU adapter)',
    async () => {
      const model = await loadImageModel(folderFiles(at('model')));
      const world = capturedWorld();
      const engine = { name: 'webgpu', version: 'a card', reason: 'asked for' } as const;
      const start = (items: number) =>
        startExecutor(model, { name: 'auto' }, { engine, world, batch: { items, isGuided: true } });

      const executor = await start(2);
      const none = await start(4096 * 4096);

      expect(executor).toMatchObject({ name: 'webgpu', format: 'f32' });
      expect(none).toBeUndefined();
      expect(world.stderr()).toContain('16777216 items at once need more memory');
      executor?.dispose();
      model.dispose();
    },
  );

  it.each([
    [['--executor', 'gpu'], 'reference'],
    [['--executor', 'cpu', '--format', 'int3'], 'int4'],
    [['--executor', 'webgpu', '--format', 'bf16'], 'f16'],
    [['--executor', 'webgpu', '--smooth'], '--executor reference'],
    [['--executor', 'reference', '--format', 'int8'], '--executor cpu'],
    [['--threads', '0'], '--threads'],
  ])('refuses %j', async (wrong, hint) => {
    const { code, err } = await run(generate(...wrong, '--out', at('never.png')));

    expect(code).toBe(2);
    expect(err).toContain(hint);
  });

  it('mixes codes when told to, and makes the same bytes again', async () => {
    const settings = ['--class', 'down,none', '--count', '2', '--seed', '7', '--smooth'];
    await run(generate(...settings, '--out', at('smooth.png')));
    const record = readImageMetadata(await readFile(at('smooth.png')));

    expect(record).toMatchObject({
      isSmooth: true,
      pictures: [{ label: 'down' }, { label: 'none' }],
    });
    expect((await run(replay('smooth.png'))).err).toContain('the same bytes');
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

  it('refuses a sheet that could not be read again, before it makes anything', async () => {
    const line = [
      'generate',
      'image',
      '--model',
      at('model'),
      '--engine',
      'cpu',
      '--count',
      '1000',
    ];
    const { code, err } = await run([...line, '--scale', '64', '--out', at('vast.png')]);

    expect(code).toBe(2);
    // 2 classes: a row each of 2 columns and 500 rows of 8 x 64 pixels.
    expect(err).toContain('1000 pictures at --scale 64 make 1026 x 256998');
    expect(err).not.toContain('generating');
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
    const plan = await run(['plan', '--model', at('model')]);
    const planData = await run(['plan', '--model', at('model'), '--json']);
    const inspect = await run(['inspect', at('model'), '--check']);

    const found = models.out
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]));
    expect(found).toContainEqual(
      expect.objectContaining({ folder: at('model'), recipe: 'var', classes: ['across', 'down'] }),
    );
    expect(plan.out).toContain('21 positions in 3 steps');
    expect(JSON.parse(planData.out)).toMatchObject({
      event: 'plan',
      steps: [[0], [1, 2, 3, 4], { length: 16 }],
    });
    expect(inspect.out).toContain('tokenizer.quantizer.codebook  F16 [16, 4]');
    expect(inspect.err).toContain('all values are finite');
  });

  it('names the tensors that hold NaN', async () => {
    const tensors = new Map([['bad', float32Tensor(Float32Array.of(1, NaN, Infinity), [3])]]);
    await writeFile(at('bad.safetensors'), writeSafetensors(tensors));
    const { code, err } = await run(['inspect', at('bad.safetensors'), '--check']);

    expect(code).toBe(1);
    expect(err).toContain('"bad" (1 NaN, 1 infinite)');
  });
});
