import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nativeStatus } from '../engines/native-engine.ts';
import type { CommandResult, RunCommand } from './command.ts';
import type { InstallProgress, InstallWorld } from './install-context.ts';
import { installNative } from './install.ts';
import { nativeKey } from './paths.ts';

const tarballBytes = 'the published tarball';
const integrity = `sha512-${createHash('sha512').update(tarballBytes).digest('base64')}`;
const ended: CommandResult = { code: 0, stdout: '', stderr: '' };
const library = ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'];

const verified = JSON.stringify({
  tensorflow: '2.21.0',
  variant: 'cpu',
  usesGpu: false,
  product: [19, 22, 43, 50],
  gradient: [454, 618, 1030, 1402],
  gelu: [0, 0.8412],
  layer: [200, 200, 200, 200],
  attention: [1, 1],
});

async function put(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), file);
  }
}

/** A machine on which everything works, as far as an installation can tell. */
const workingRun: RunCommand = async (program, args) => {
  const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';
  if (args.includes('--version')) return { ...ended, stdout: `${program} 1.0\n` };
  if (program === 'npm') {
    await writeFile(
      join(after('--pack-destination'), 'tensorflow-tfjs-node-4.22.0.tgz'),
      tarballBytes,
    );
  } else if (program === 'tar') {
    await put(join(after('-C'), 'package'), [
      'binding/a.cc',
      'dist/a.js',
      'dist/a_test.js',
      'package.json',
    ]);
  } else if (args.includes('pip')) {
    await put(after('-d'), ['tensorflow_cpu-2.21.0-cp312-cp312-linux_x86_64.whl']);
  } else if (args[0] === '-c') {
    await put(join(args[3] ?? '', 'tensorflow'), [...library, 'include/tensorflow/c/c_api.h']);
  } else if (args.includes('-o')) {
    await writeFile(after('-o'), 'addon');
  } else if (program === process.execPath) {
    return { ...ended, stdout: `${verified}\n` };
  }
  return ended;
};

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nextx-install-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** The working machine, but for the first command that `isIt` recognises, which ends with `result`. */
function worldWhere(
  isIt: (program: string, args: readonly string[]) => boolean = () => false,
  result: Partial<CommandResult> = {},
): InstallWorld {
  return {
    run: async (program, args, options) =>
      isIt(program, args) ? { ...ended, code: 1, ...result } : workingRun(program, args, options),
    freeBytes: async () => 100e9,
    sourcesIntegrity: integrity,
    nodeInclude: '/nowhere',
  };
}

const world = (): InstallWorld => ({ ...worldWhere(), nodeInclude: root });

beforeEach(async () => {
  await writeFile(join(root, 'node_api.h'), '');
});

async function leftovers(): Promise<string[]> {
  return (await readdir(root)).filter((name) => name !== 'node_api.h');
}

describe.skipIf(process.platform === 'win32')('installNative', () => {
  it('leaves one finished build and nothing else', async () => {
    const { manifest, folder, isNew } = await installNative({ root }, world());

    expect(isNew).toBe(true);
    expect(await leftovers()).toEqual([nativeKey('cpu')]);
    expect(manifest.tensorflow).toBe('2.21.0');
    expect(manifest.libraries.map(({ path }) => path)).toEqual([
      ...library.map((name) => `tensorflow/${name}`),
      'fused_operations.node',
    ]);
    expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest);
    expect((await readdir(join(folder, 'tfjs-node', 'dist'))).toSorted()).toEqual(['a.js']);
    expect((await readdir(join(folder, 'tensorflow'))).toSorted()).toEqual(library.toSorted());
  });

  it('reports its steps in order', async () => {
    const seen: InstallProgress[] = [];

    await installNative({ root, onProgress: (progress) => seen.push(progress) }, world());

    const steps = seen.map(({ step }) => step).filter((step, i, all) => step !== all[i - 1]);
    expect(steps).toEqual(['check', 'download', 'unpack', 'compile', 'verify', 'done']);
  });

  it('keeps a build that is there, unless forced', async () => {
    await installNative({ root }, world());

    expect((await installNative({ root }, world())).isNew).toBe(false);
    expect((await installNative({ root, force: true }, world())).isNew).toBe(true);
    expect(await leftovers()).toEqual([nativeKey('cpu')]);
  });

  it('renews a build of other operations', async () => {
    const { folder, manifest } = await installNative({ root }, world());
    const { operations, ...earlier } = manifest;
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(earlier));
    expect(await nativeStatus(root)).toMatchObject({
      available: true,
      remedy: 'nextx native install',
    });

    const renewed = await installNative({ root }, world());

    expect(renewed.isNew).toBe(true);
    expect(renewed.manifest.operations).toEqual(operations);
    expect(await nativeStatus(root)).not.toHaveProperty('remedy');
  });

  it('builds anew over a damaged build', async () => {
    const { folder } = await installNative({ root }, world());
    await rm(join(folder, 'tensorflow', 'libtensorflow_cc.so.2'));

    expect((await installNative({ root }, world())).isNew).toBe(true);
  });

  it('says that CUDA found no device and the CPU computes', async () => {
    const seen: string[] = [];

    await installNative(
      { root, variant: 'gpu', onProgress: ({ message }) => seen.push(message) },
      world(),
    );

    expect(seen.at(-1)).toContain('found no CUDA device here and computes on the CPU');
  });

  it('fetches the CUDA libraries that the wheel asks for', async () => {
    const asked: string[][] = [];
    const run: RunCommand = async (program, args, options) => {
      if (args.includes('pip') && !args.includes('--version'))
        asked.push(args.slice(args.indexOf('-d') + 2));
      const result = await workingRun(program, args, options);
      return args[0] === '-c' ? { ...result, stdout: 'needs nvidia-nccl-cu12<3.0\n' } : result;
    };

    await installNative({ root, variant: 'gpu' }, { ...world(), run });

    expect(asked).toEqual([['tensorflow==2.21.*'], ['nvidia-nccl-cu12<3.0']]);
  });

  it('names every missing tool at once, with how to get it', async () => {
    const noTools = worldWhere((program) => program !== 'npm', { code: 127 });

    const installing = installNative({ root }, noTools);

    await expect(installing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(installing).rejects.toThrow(
      /missing: C\+\+ compiler, Python with pip\..*\n.*apt-get install g\+\+/,
    );
    await expect(installing).rejects.toThrow('apt-get install python3-pip');
  });

  it('takes python where there is no python3', async () => {
    const onlyPython = worldWhere((program) => program === 'python3', { code: 127 });

    expect((await installNative({ root }, { ...onlyPython, nodeInclude: root })).isNew).toBe(true);
  });

  it('refuses a disk without room, with both sizes', async () => {
    const installing = installNative({ root }, { ...world(), freeBytes: async () => 0.3e9 });

    await expect(installing).rejects.toThrow(
      /1\.4 GB must be free in .*, got 0\.3 GB.*XDG_CACHE_HOME/,
    );
    expect(await leftovers()).toEqual([]);
  });

  it('refuses sources that are not the published ones', async () => {
    const installing = installNative({ root }, { ...world(), sourcesIntegrity: 'sha512-other' });

    await expect(installing).rejects.toMatchObject({ code: 'UNSAFE' });
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    ['pip cannot reach the index', '-m', { stderr: 'ConnectionError' }, 'IO', 'ConnectionError'],
    [
      'there is no wheel',
      '-m',
      { stderr: 'No matching distribution found' },
      'UNSUPPORTED',
      'glibc 2.27',
    ],
    ['the wheel is damaged', '-c', { stderr: 'BadZipFile: Bad CRC-32' }, 'IO', 'Bad CRC-32'],
    [
      'the compiler is too old',
      '-std=c++17',
      { stderr: 'bad option' },
      'IO',
      'C\\+\\+17 is needed',
    ],
  ])('says what to do where %s, and leaves nothing', async (...row) => {
    const [, argument, result, code, words] = row;
    const failing = worldWhere(
      (_program, args) => args[0] === argument && args[2] !== '--version',
      result,
    );

    const installing = installNative({ root }, { ...failing, nodeInclude: root });

    await expect(installing).rejects.toMatchObject({ code });
    await expect(installing).rejects.toThrow(new RegExp(words));
    expect(await leftovers()).toEqual([]);
  });

  it('installs nothing that crashes when it is checked, and says why', async () => {
    const crashing = worldWhere((program) => program === process.execPath, {
      code: 128,
      endedBy: 'SIGILL',
    });

    const installing = installNative({ root }, { ...crashing, nodeInclude: root });

    await expect(installing).rejects.toThrow('SIGILL ended it');
    expect(await leftovers()).toEqual([]);
  });

  it('installs nothing that computes wrong numbers', async () => {
    const wrong = worldWhere((program) => program === process.execPath, {
      code: 0,
      stdout: verified.replace('50]', '51]'),
    });

    const installing = installNative({ root }, { ...wrong, nodeInclude: root });

    await expect(installing).rejects.toThrow('product [19, 22, 43, 50], got [19, 22, 43, 51]');
    expect(await leftovers()).toEqual([]);
  });

  it.each(['npm', 'tar', 'python3', 'c++', process.execPath])(
    'stops where %s runs, and leaves what was there before',
    async (program) => {
      const { manifest } = await installNative({ root }, world());
      const controller = new AbortController();
      const run: RunCommand = async (name, args, options) => {
        if (name === program && !args.includes('--version')) controller.abort(new Error('stop'));
        options?.signal?.throwIfAborted();
        return workingRun(name, args, options);
      };

      const again = installNative(
        { root, force: true, signal: controller.signal },
        { ...world(), run },
      );

      await expect(again).rejects.toThrow('stop');
      expect(await leftovers()).toEqual([nativeKey('cpu')]);
      const kept = await readFile(join(root, nativeKey('cpu'), 'manifest.json'), 'utf8');
      expect(JSON.parse(kept)).toEqual(manifest);
    },
  );

  it('builds from a folder with an unpacked TensorFlow, without pip', async () => {
    const from = join(root, 'given');
    await put(from, ['include/tensorflow/c/c_api.h', ...library.map((name) => `lib/${name}`)]);
    const noPip = worldWhere((_program, args) => args.includes('pip') && args.includes('download'));

    const { manifest } = await installNative({ root, from }, { ...noPip, nodeInclude: root });

    expect(manifest.libraries).toHaveLength(3);
  });

  it('takes a folder that was named instead of what is there already', async () => {
    const { manifest } = await installNative({ root }, world());

    await expect(installNative({ root, from: join(root, 'nowhere') }, world())).rejects.toThrow(
      '--from must be a folder that can be read',
    );
    expect((await installNative({ root }, world())).manifest).toEqual(manifest);
  });

  it('refuses a folder without TensorFlow', async () => {
    const installing = installNative({ root, from: root }, world());

    await expect(installing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(installing).rejects.toThrow('Give the folder of the wheel');
  });
});
