import { copyFile, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ResourceError, UnsupportedError } from '@nextx/core';
import type { InstallContext } from './install-context.ts';
import { unpackWheelProgram } from './unpack-wheel.py.ts';
import { downloadWheels } from './wheel-download.ts';

/** TensorFlow's C library, as unpacked. */
export interface TensorFlowLibrary {
  /** Release as its file names say it; `unknown` where they do not. */
  readonly version: string;
  /** Folder of `tensorflow/c/c_api.h`. */
  readonly include: string;
  /** Libraries relative to the build's folder, the framework first. */
  readonly libraries: readonly string[];
}

/** Minor release of TensorFlow that is built against: its headers and C interface were checked with this code. */
const tensorflowRelease = '2.21';

/**
 * Puts TensorFlow's C library into the build's folder: from a wheel that pip fetches, or from `from`, a folder that holds
 * a wheel (with CUDA: and those of its `nvidia` libraries) or an unpacked TensorFlow (`include/` beside the libraries).
 *
 * @param python  Command of a Python that has pip.
 * @throws {ResourceError} NOT_FOUND if `from` holds neither, IO if a download or an unpacking fails.
 * @throws {UnsupportedError} if there is no wheel for this machine.
 */
export async function fetchTensorFlow(
  context: InstallContext,
  python: string,
  from?: string,
): Promise<TensorFlowLibrary> {
  if (from === undefined) return fetchWheels(context, python);
  const names = await namesIn(from);
  const wheels = names.filter((name) => /^(tensorflow|nvidia)[_a-z0-9]*-.*\.whl$/.test(name));
  const main = wheels.find((name) => name.startsWith('tensorflow'));
  if (main === undefined) return copyUnpacked(context, from);
  for (const name of wheels) await unpack(context, python, join(from, name));
  return describe(context, versionOf(main));
}

/** Names in the folder that `--from` names. @throws {ResourceError} NOT_FOUND if it cannot be read. */
export async function namesIn(from: string): Promise<string[]> {
  return readdir(from).catch((cause: unknown) => {
    throw new ResourceError(
      `native install: --from must be a folder that can be read, got ${from}. Check the path.`,
      'NOT_FOUND',
      cause,
    );
  });
}

async function fetchWheels(context: InstallContext, python: string): Promise<TensorFlowLibrary> {
  const { variant, scratch } = context;
  const name = variant === 'cpu' && process.platform === 'linux' ? 'tensorflow-cpu' : 'tensorflow';
  const wheels = join(scratch, 'wheels');
  await downloadWheels(context, python, wheels, [`${name}==${tensorflowRelease}.*`]);
  const main = (await readdir(wheels)).find((file) => file.endsWith('.whl'));
  if (main === undefined)
    throw new ResourceError(
      `native install: pip must leave a wheel in ${wheels}, it left none. Run it again.`,
      'IO',
    );
  const needs = await unpack(context, python, join(wheels, main));
  await rm(join(wheels, main));
  if (variant === 'gpu') {
    await downloadWheels(context, python, wheels, needs);
    for (const file of await readdir(wheels)) {
      await unpack(context, python, join(wheels, file));
      await rm(join(wheels, file));
    }
  }
  return describe(context, versionOf(main));
}

/** Unpacks one wheel into the build's folder; gives the CUDA packages that it asks for. */
async function unpack(
  { world, target, signal, report }: InstallContext,
  python: string,
  wheel: string,
): Promise<string[]> {
  report({ step: 'unpack', message: `unpacking ${basename(wheel)}` });
  const { code, stdout, stderr } = await world.run(
    python,
    ['-c', unpackWheelProgram, wheel, target],
    { signal },
  );
  if (code !== 0) {
    throw new ResourceError(
      `native install: ${wheel} must unpack, Python ended with ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}. ` +
        'The file is damaged or the disk is full: delete it or make room, and run the command again.',
      'IO',
    );
  }
  return stdout
    .split('\n')
    .flatMap((line) => (line.startsWith('needs ') ? [line.slice('needs '.length)] : []));
}

/** Copies the libraries of an unpacked TensorFlow, a `site-packages/tensorflow` or an unpacked C library. */
async function copyUnpacked(
  { target, variant, report }: InstallContext,
  from: string,
): Promise<TensorFlowLibrary> {
  const include = join(from, 'include');
  const header = await stat(join(include, 'tensorflow', 'c', 'c_api.h')).catch(() => undefined);
  const folder = (await libraryNames(join(from, 'lib'))).length > 0 ? join(from, 'lib') : from;
  const names = await libraryNames(folder);
  if (header === undefined || names.length === 0) {
    throw new ResourceError(
      `native install: --from must hold a TensorFlow wheel, or include/tensorflow/c/c_api.h and libtensorflow ` +
        `beside it or in lib/, got ${from} without them. Give the folder of the wheel, or site-packages/tensorflow.`,
      'NOT_FOUND',
    );
  }
  if (variant === 'gpu') {
    throw new UnsupportedError(
      'native install: with --gpu, --from must hold wheels (tensorflow and its nvidia libraries), got an unpacked ' +
        'TensorFlow. Fetch them with "pip download --no-deps" into one folder.',
    );
  }
  await mkdir(join(target, 'tensorflow'), { recursive: true });
  for (const name of names) {
    report({ step: 'unpack', message: `copying ${name}` });
    await copyFile(await realpath(join(folder, name)), join(target, 'tensorflow', name));
  }
  return { version: 'unknown', include, libraries: names.map((name) => `tensorflow/${name}`) };
}

async function describe({ target }: InstallContext, version: string): Promise<TensorFlowLibrary> {
  const folder = join(target, 'tensorflow');
  const names = await libraryNames(folder);
  if (names.length === 0) {
    throw new UnsupportedError(
      `native install: the wheel of TensorFlow ${version} must hold its C library, it does not on ` +
        `${process.platform}-${process.arch}. Give an unpacked C library with --from.`,
    );
  }
  return {
    version,
    include: join(folder, 'include'),
    libraries: names.map((name) => `tensorflow/${name}`),
  };
}

/** The two libraries of a folder, the framework first, by the names under which each refers to the other. */
async function libraryNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const pick = (stem: string): string[] =>
    names.filter((name) => name === `lib${stem}.so.2` || name === `lib${stem}.2.dylib`);
  const body = [...pick('tensorflow_cc'), ...pick('tensorflow')].slice(0, 1);
  return body.length === 0 ? [] : [...pick('tensorflow_framework'), ...body];
}

function versionOf(wheel: string): string {
  return /^[^-]+-(\d+(?:\.\d+)+)/.exec(wheel)?.[1] ?? 'unknown';
}
