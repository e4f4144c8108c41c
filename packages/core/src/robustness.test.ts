import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from './errors.ts';
import { assertTensors } from './io/assert-tensors.ts';
import { badCheckpoints, float, raw, stored } from './io/bad-checkpoints.test-support.ts';
import { badSafetensors, entry, safetensors } from './io/bad-safetensors.test-support.ts';
import { bytesSource } from './io/byte-source.ts';
import { findNonFinite, checkFinite } from './io/check-finite.ts';
import { openFile } from './io/file-source.ts';
import { folderFiles } from './io/folder-files.ts';
import { float32Tensor, toFloat32 } from './io/host-tensor.ts';
import { openModel } from './io/model-folder.ts';
import { openPyTorch } from './io/pytorch-checkpoint.ts';
import { dictionary, integer, pytorchFile, tensor, text } from './io/pytorch-file.test-support.ts';
import { openSafetensors } from './io/safetensors.ts';
import { writeSafetensors } from './io/write-safetensors.ts';

describe('a safetensors file with', () => {
  it.each(badSafetensors)('%s is refused', async (_, bytes, code, message) => {
    const opened = openSafetensors(bytesSource(bytes()));

    await expect(opened).rejects.toThrow(expect.objectContaining({ code }));
    await expect(opened).rejects.toThrow(message);
  });

  it('A6 spaces after the header is accepted', async () => {
    const file = await openSafetensors(bytesSource(safetensors(`{"a":${entry(0, 4)}}      `, 4)));

    expect(file.names).toEqual(['a']);
  });

  it('A13 a scalar and an empty tensor keeps their shapes', async () => {
    const header = `{"s":${entry(0, 4, '[]')},"e":${entry(4, 4, '[0,5]')}}`;

    const all = await (await openSafetensors(bytesSource(safetensors(header, 4)))).readAll();

    expect(all.get('s')?.shape).toEqual([]);
    expect(all.get('e')?.shape).toEqual([0, 5]);
  });

  it('A15 the names of object members is accepted, and no prototype changes', async () => {
    const names = ['__proto__', 'constructor', 'toString', ''];
    const header = names.map((name, i) => `"${name}":${entry(4 * i, 4 * i + 4)}`).join();

    const file = await openSafetensors(bytesSource(safetensors(`{${header}}`, 16)));

    expect(file.names).toEqual(names);
    expect((await file.readAll()).size).toBe(4);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(({} as { dtype?: string }).dtype).toBeUndefined();
  });

  it('A18 every F16 and BF16 pattern widens as a DataView of its float32 does', async () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const bf16 = toFloat32({ dtype: 'BF16', shape: [65_536], data: patterns });
    const view = new DataView(new ArrayBuffer(4));
    const wrong = [...bf16].findIndex((value, i) => {
      view.setUint16(0, i);
      return !Object.is(value, view.getFloat32(0));
    });

    expect(wrong).toBe(-1);
    // Each half pattern is the next one's lower neighbor: the step is 2^-24 in the lowest binade and doubles from binade to binade.
    const f16 = toFloat32({ dtype: 'F16', shape: [65_536], data: patterns });
    const step = (i: number): number => 2 ** (Math.max(1, i >> 10) - 25);
    const wrongStep = [...f16.subarray(0, 0x7c00)].findIndex(
      (value, i) => i > 0 && value - f16[i - 1] !== step(i - 1),
    );
    expect(wrongStep).toBe(-1);
    expect(f16[0x7c00]).toBe(Infinity);
    expect([...f16.subarray(0x7c01, 0x8000)].every(Number.isNaN)).toBe(true);
    expect([...f16.subarray(0x8000, 0xfc01)].every((value, i) => Object.is(value, -f16[i]))).toBe(
      true,
    );
  });

  it('A19 NaN loads, is counted by name, and is refused when checked', async () => {
    const bytes = writeSafetensors([
      ['good', float32Tensor(Float32Array.of(1), [1])],
      ['mask', float32Tensor(Float32Array.of(-Infinity), [1])],
      ['bad', float32Tensor(Float32Array.of(Number.NaN, 1, Number.NaN, Infinity), [4])],
    ]);
    const file = await openSafetensors(bytesSource(bytes));

    expect(await findNonFinite(file, ['good', 'bad'])).toEqual([
      { name: 'bad', nanCount: 2, infinityCount: 1 },
    ]);
    await expect(checkFinite('m', file)).rejects.toMatchObject({ code: 'BAD_WEIGHTS' });
    await expect(checkFinite('m', file, ['good'])).resolves.toBeUndefined();
  });
});

describe('a PyTorch checkpoint with', () => {
  it.each(badCheckpoints)('%s is refused', async (_, bytes, code, message) => {
    const opened = openPyTorch(bytesSource(bytes()));

    await expect(opened).rejects.toThrow(expect.objectContaining({ code }));
    await expect(opened).rejects.toThrow(message);
  });

  it('B4 the key "__proto__" keeps it as an ordinary key', async () => {
    const file = pytorchFile(
      dictionary(
        [text('__proto__'), dictionary([text('polluted'), tensor(float)])],
        [text('n'), integer(1)],
      ),
      stored,
    );

    const { tensors } = await openPyTorch(bytesSource(file));

    expect([...tensors.keys()]).toEqual(['__proto__.polluted']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('B8 a transposed view and two tensors of one storage reads as contiguous copies', async () => {
    const file = pytorchFile(
      dictionary(
        [text('t'), tensor({ ...float, shape: [2, 2], strides: [1, 2] })],
        [text('s'), tensor({ ...float, offset: 2, shape: [2] })],
      ),
      stored,
    );

    const checkpoint = await openPyTorch(bytesSource(file));

    expect((await checkpoint.read('t')).data).toEqual(Float32Array.of(1, 3, 2, 4));
    expect((await checkpoint.read('s')).data).toEqual(Float32Array.of(3, 4));
  });

  it('B+ lists that double at each of 60 levels is refused before they are unfolded', async () => {
    const level = [0x5d, 0x28, 0x68, 0, 0x68, 0, 0x65, 0x71, 0];
    const code = [0x80, 2, 0x5d, 0x71, 0, ...Array.from({ length: 60 }, () => level).flat(), 0x2e];

    await expect(openPyTorch(bytesSource(raw(...code)))).rejects.toMatchObject({ code: 'LIMIT' });
  });
});

describe('on disk', () => {
  let folder = '';
  const put = (name: string, content: string | Uint8Array): Promise<void> =>
    writeFile(join(folder, name), content);
  const one = (name: string): Uint8Array =>
    writeSafetensors([[name, float32Tensor(Float32Array.of(1), [1])]]);
  const config = JSON.stringify({ recipe: 'r', version: 1, options: {} });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nextx-robust-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('A21 a sparse file above 2 GiB is opened by ranges', async () => {
    const path = join(folder, 'large.safetensors');
    const big = 2 ** 31 + 4;
    const header = `{"big":{"dtype":"U8","shape":[${big}],"data_offsets":[0,${big}]},"end":${entry(big, big + 4)}}`;
    const head = safetensors(header);
    await writeFile(path, head);
    await truncate(path, head.length + big + 4);

    const file = await openSafetensors(await openFile(path));

    expect((await file.read('end')).data).toEqual(Float32Array.of(0));
    await file.close();
    await rm(path);
  });

  it('A22 a file that is cut after it was opened gives an error, not numbers', async () => {
    const path = join(folder, 'cut.safetensors');
    await writeFile(path, one('a'));
    const file = await openSafetensors(await openFile(path));
    await truncate(path, 20);

    await expect(file.read('a')).rejects.toMatchObject({ code: 'IO' });
    await file.close();
  });

  it.each<[string, Record<string, string | Uint8Array>, ErrorCode, RegExp]>([
    [
      'C1 a model folder with no config',
      { 'model.safetensors': one('a') },
      'NOT_FOUND',
      /config\.json/,
    ],
    [
      'C1 a model folder with a config that is not JSON',
      { 'config.json': 'recipe: r' },
      'FORMAT',
      /config\.json.*JSON/,
    ],
    [
      'C1 a model folder with no weights',
      { 'config.json': config },
      'NOT_FOUND',
      /model\.safetensors/,
    ],
    [
      'C3 a model folder with a shard that is not there',
      {
        'config.json': config,
        'model.safetensors.index.json': '{"weight_map":{"a":"x.safetensors"}}',
      },
      'NOT_FOUND',
      /x\.safetensors/,
    ],
    [
      'C3 a model folder with a shard in the folder above',
      {
        'config.json': config,
        'model.safetensors.index.json': '{"weight_map":{"a":"../x.safetensors"}}',
      },
      'UNSAFE',
      /\.\.\/x/,
    ],
    [
      'C3 a model folder with a shard with an absolute path',
      {
        'config.json': config,
        'model.safetensors.index.json': '{"weight_map":{"a":"/etc/passwd"}}',
      },
      'UNSAFE',
      /passwd/,
    ],
    [
      'C4 a model folder with a tensor in two shards',
      {
        'config.json': config,
        'model.safetensors.index.json': '{"weight_map":{"a":"x.st","b":"y.st"}}',
        'x.st': one('a'),
        'y.st': writeSafetensors([
          ['a', float32Tensor(Float32Array.of(1), [1])],
          ['b', float32Tensor(Float32Array.of(1), [1])],
        ]),
      },
      'FORMAT',
      /"a" is in y\.st/,
    ],
    [
      'C4 a model folder with a shard without its tensor',
      {
        'config.json': config,
        'model.safetensors.index.json': '{"weight_map":{"a":"x.st","b":"x.st"}}',
        'x.st': one('a'),
      },
      'FORMAT',
      /must hold the tensor "b"/,
    ],
    [
      'C5 a model folder with auto_map in the config',
      {
        'config.json':
          '{"recipe":"r","version":1,"options":{},"auto_map":{"AutoModel":"evil.Model"}}',
        'model.safetensors': one('a'),
      },
      'CONFIG',
      /unknown keys "auto_map"/,
    ],
    [
      'C+ a model folder with a duplicate key in the config',
      { 'config.json': '{"recipe":"r","recipe":"s","version":1,"options":{}}' },
      'FORMAT',
      /duplicate/,
    ],
    [
      'C+ a model folder with weights that the checksum does not name',
      {
        'config.json': `{"recipe":"r","version":1,"options":{},"checksum":"${'0'.repeat(64)}"}`,
        'model.safetensors': one('a'),
      },
      'FORMAT',
      /SHA-256 0000/,
    ],
  ])('%s is refused', async (_, files, code, message) => {
    await rm(folder, { recursive: true });
    folder = await mkdtemp(join(tmpdir(), 'nextx-robust-'));
    for (const [name, content] of Object.entries(files)) {
      await put(name, content);
    }

    const opened = openModel(folderFiles(folder));

    await expect(opened).rejects.toThrow(expect.objectContaining({ code }));
    await expect(opened).rejects.toThrow(message);
  });

  it('C3 a model folder with a shard that is a link out of the folder is refused', async () => {
    await put('config.json', config);
    await rm(join(folder, 'model.safetensors'), { force: true });
    await symlink('/etc/hostname', join(folder, 'link.st'));
    await put('model.safetensors.index.json', '{"weight_map":{"a":"link.st"}}');

    await expect(openModel(folderFiles(folder))).rejects.toMatchObject({ code: 'UNSAFE' });
  });

  it('C2, C6 weights of another width are refused with every mismatch', () => {
    const names = Array.from({ length: 12 }, (_, i) => `w${i}`);
    const tensors = new Map(names.map((name) => [name, { dtype: 'F32', shape: [2] } as const]));
    const expected = new Map<string, readonly number[]>(names.map((name) => [name, [3]]));
    expected.set('codebook', [8, 4]);

    const act = () => assertTensors(expected, { tensors }, 'm');

    expect(act).toThrow(expect.objectContaining({ code: 'SHAPE' }));
    expect(act).toThrow(
      /1 missing: "codebook" \[8, 4\]; 12 misshapen: "w0" must be \[3\], is \[2\].*"w9".*\.\.\./,
    );
  });
});
