import { randomBytes, createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceError } from '@nextx/core';
import { addonNames, compileBinding } from './compile-binding.ts';
import { fetchSources } from './fetch-sources.ts';
import { fetchTensorFlow, namesIn, type TensorFlowLibrary } from './fetch-tensorflow.ts';
import {
  realWorld,
  type InstallContext,
  type InstallProgress,
  type InstallWorld,
} from './install-context.ts';
import {
  isUpToDate,
  readInstalled,
  type InstalledNative,
  type NativeFile,
  type NativeManifest,
} from './manifest.ts';
import { operationsChecksum } from './operation-sources.ts';
import { nativeKey, nativeRoot, tfjsNodeVersion, type NativeVariant } from './paths.ts';
import { removeStale, stagingName } from './remove.ts';
import { assertSystem, requireTools } from './requirements.ts';
import { verifyNative } from './verify.ts';

export type { InstallProgress } from './install-context.ts';

/** What to install, and from where. */
export interface InstallOptions {
  /** `gpu` takes the CUDA build of TensorFlow and its CUDA libraries. @defaultValue `cpu` */
  readonly variant?: NativeVariant;
  /** Folder that holds a TensorFlow wheel, or an unpacked TensorFlow. @defaultValue a wheel that pip fetches */
  readonly from?: string;
  /** Builds again what is already there. @defaultValue whether `from` is given */
  readonly force?: boolean;
  /** Folder of the builds. @defaultValue `nativeRoot()` */
  readonly root?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: InstallProgress) => void;
}

/** What an installation left. */
export interface InstallResult extends InstalledNative {
  /** False where a build was there already. */
  readonly isNew: boolean;
  /** True where TensorFlow found a CUDA device here. */
  readonly usesGpu: boolean;
}

/**
 * Builds the native engine into its own folder, checks it there, and only then gives it its name. Interrupted or failed,
 * it leaves what was there before. Nothing else on the machine changes.
 *
 * @throws {UnsupportedError} on a system without such a build.
 * @throws {ResourceError} NOT_FOUND naming what is missing, IO if a step fails.
 * @throws {DataError} UNSAFE if a download is not what was published.
 * @throws the reason of `signal`.
 */
export async function installNative(
  options: InstallOptions = {},
  world: InstallWorld = realWorld(),
): Promise<InstallResult> {
  const {
    variant = 'cpu',
    root = nativeRoot(),
    force = options.from !== undefined,
    signal = new AbortController().signal,
  } = options;
  const report = options.onProgress ?? (() => undefined);
  signal.throwIfAborted();
  assertSystem(variant);
  if (options.from !== undefined) await namesIn(options.from);
  const existing = force ? undefined : await readInstalled(variant, root).catch(() => undefined);
  if (existing !== undefined && isUpToDate(existing.manifest)) {
    report({ step: 'done', message: `already installed in ${existing.folder}` });
    const { usesGpu } = await verifyNative(world.run, root, signal);
    return { ...existing, isNew: false, usesGpu };
  }

  await mkdir(root, { recursive: true });
  await removeStale(root);
  const staging = join(root, stagingName(randomBytes(4).toString('hex')));
  const context: InstallContext = {
    world,
    variant,
    signal,
    report,
    scratch: join(staging, 'scratch'),
    target: join(staging, nativeKey(variant)),
  };
  try {
    const { manifest, usesGpu } = await build(context, staging, options.from);
    const folder = join(root, nativeKey(variant));
    signal.throwIfAborted();
    await replace(folder, context.target, join(staging, 'old'));
    report({ step: 'done', message: summary(manifest, folder, usesGpu) });
    return { folder, manifest, isNew: true, usesGpu };
  } catch (error) {
    throw diskFull(error) ?? error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Gives the new build its name. The old one is moved aside first, and back if that fails. */
async function replace(folder: string, target: string, aside: string): Promise<void> {
  const hadOld = await rename(folder, aside).then(
    () => true,
    () => false,
  );
  try {
    await rename(target, folder);
  } catch (error) {
    if (hadOld) await rename(aside, folder);
    throw error;
  }
}

async function build(
  context: InstallContext,
  staging: string,
  from: string | undefined,
): Promise<{ manifest: NativeManifest; usesGpu: boolean }> {
  const { world, variant, scratch, target, signal, report } = context;
  await mkdir(scratch, { recursive: true });
  await mkdir(target, { recursive: true });
  report({
    step: 'check',
    message: 'looking for a C++ compiler, Python with pip, npm and room on the disk',
  });
  const tools = await requireTools(world, variant, staging);
  const sources = await fetchSources(context, tools.npm, from);
  const library = await fetchTensorFlow(context, tools.python, from);
  await compileBinding(context, tools.compiler, sources, library);
  await copyKernels(sources.package, target);
  await rm(join(target, 'tensorflow', 'include'), { recursive: true, force: true });
  await rm(scratch, { recursive: true, force: true });

  report({ step: 'verify', message: 'checking what it computes in a process of its own' });
  await writeManifest(target, await describeBuild(target, variant, library));
  const { tensorflow, usesGpu } = await verifyNative(world.run, staging, signal);
  const manifest = await describeBuild(target, variant, { ...library, version: tensorflow });
  await writeManifest(target, manifest);
  return { manifest, usesGpu };
}

/** The kernels' JavaScript, without its tests and type declarations. */
async function copyKernels(from: string, target: string): Promise<void> {
  const into = join(target, 'tfjs-node');
  await cp(join(from, 'dist'), join(into, 'dist'), {
    recursive: true,
    filter: (path) => !/(_test\.js|\.d\.ts|api_pb\.js)$/.test(path),
  });
  await cp(join(from, 'package.json'), join(into, 'package.json'));
}

async function describeBuild(
  target: string,
  variant: NativeVariant,
  { version, libraries }: TensorFlowLibrary,
): Promise<NativeManifest> {
  const file = async (path: string): Promise<NativeFile> => ({
    path,
    bytes: (await stat(join(target, path))).size,
  });
  const binding = await readFile(join(target, addonNames.binding));
  return {
    format: 2,
    variant,
    tfjsNode: tfjsNodeVersion,
    tensorflow: version,
    binding: {
      ...(await file(addonNames.binding)),
      sha256: createHash('sha256').update(binding).digest('hex'),
    },
    opener: addonNames.opener,
    libraries: await Promise.all([...libraries, addonNames.fusedOperations].map(file)),
    operations: operationsChecksum,
    builtAt: new Date().toISOString(),
  };
}

async function writeManifest(target: string, manifest: NativeManifest): Promise<void> {
  await writeFile(join(target, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function summary(
  { tensorflow, variant }: NativeManifest,
  folder: string,
  usesGpu: boolean,
): string {
  const installed = `TensorFlow ${tensorflow} is installed in ${folder}`;
  if (variant === 'cpu') return installed;
  return usesGpu
    ? `${installed} and computes on the CUDA device`
    : `${installed}; it found no CUDA device here and computes on the CPU. A driver for CUDA 12 makes the difference ` +
        '("nvidia-smi" must list the device)';
}

function diskFull(error: unknown): ResourceError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new ResourceError(
    'native install: the disk must have room, it is full. Nothing was installed. Make room, or set XDG_CACHE_HOME ' +
      'to a folder on another disk.',
    'IO',
    error,
  );
}
