import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceError } from '@nextx/core';
import type { BindingSources } from './fetch-sources.ts';
import type { TensorFlowLibrary } from './fetch-tensorflow.ts';
import type { InstallContext } from './install-context.ts';
import { openerSource } from './opener.cc.ts';
import { operationSources } from './operation-sources.ts';

/** Names of the two addons in the build's folder, and of the library of fused operations. */
export const addonNames = {
  binding: 'tfjs_binding.node',
  opener: 'opener.node',
  fusedOperations: 'fused_operations.node',
} as const;

/** Node-API version that the addons ask for: that of every Node from 12.22 on, so a build outlives Node's upgrades. */
const nodeApiVersion = 8;

/**
 * Compiles the binding against the library, the addon that opens it, and the operations of nextx.
 *
 * @param compiler  Command of a C++17 compiler.
 * @throws {ResourceError} IO with the compiler's own words if it fails.
 */
export async function compileBinding(
  context: InstallContext,
  compiler: string,
  sources: BindingSources,
  library: TensorFlowLibrary,
): Promise<void> {
  const { scratch, target, report } = context;
  report({ step: 'compile', message: `compiling the binding with ${compiler}` });
  const opener = join(scratch, 'opener.cc');
  await writeFile(opener, openerSource);
  const flags = [...sharedFlags(), '-I', sources.nodeInclude];
  await compile(context, compiler, [
    ...flags,
    opener,
    '-o',
    join(target, addonNames.opener),
    ...systemLibraries(),
  ]);

  const folder = join(sources.package, 'binding');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cc')).toSorted();
  await compile(context, compiler, [
    ...flags,
    '-I',
    sources.package,
    '-I',
    library.include,
    ...files.map((name) => join(folder, name)),
    '-o',
    join(target, addonNames.binding),
    ...linked(target, library),
  ]);

  for (const [name, source] of Object.entries(operationSources)) {
    await writeFile(join(scratch, name), source);
  }
  await compile(context, compiler, [
    ...sharedFlags(),
    '-O3',
    '-fno-math-errno',
    '-fno-trapping-math',
    '-I',
    library.include,
    join(scratch, 'fused-operations.cc'),
    '-o',
    join(target, addonNames.fusedOperations),
    ...linked(target, library),
  ]);
}

function linked(target: string, { libraries }: TensorFlowLibrary): string[] {
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  return [...libraries.map((path) => join(target, path)), `-Wl,-rpath,${origin}/tensorflow`];
}

function sharedFlags(): string[] {
  const common = ['-std=c++17', '-O2', '-fPIC', '-w', `-DNAPI_VERSION=${nodeApiVersion}`];
  return process.platform === 'darwin'
    ? [...common, '-bundle', '-undefined', 'dynamic_lookup']
    : [...common, '-shared'];
}

function systemLibraries(): string[] {
  return process.platform === 'darwin' ? [] : ['-ldl'];
}

async function compile(
  { world, signal }: InstallContext,
  compiler: string,
  args: string[],
): Promise<void> {
  const { code, stderr } = await world.run(compiler, args, { signal });
  if (code === 0) return;
  throw new ResourceError(
    `native install: ${compiler} must compile the binding, it ended with ${code}:\n` +
      `${stderr.trim().split('\n').slice(0, 20).join('\n')}\n` +
      'A compiler with C++17 is needed (GCC 8, Clang 7 or later); set CXX to name another.',
    'IO',
  );
}
