import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, ResourceError } from '@nextx/core';
import type { InstallContext } from './install-context.ts';
import { tfjsNodeVersion } from './paths.ts';

/** Where the unpacked sources are. */
export interface BindingSources {
  /** Folder of the unpacked `@tensorflow/tfjs-node`: `binding/`, `dist/`. */
  readonly package: string;
  /** Folder of `node_api.h`. */
  readonly nodeInclude: string;
}

const nodeApiHeadersVersion = '1.9.0';

/**
 * Fetches and checks the sources of the binding, and Node's headers where this Node came without.
 *
 * @param npm  Command of npm.
 * @param from  Folder whose `tensorflow-tfjs-node-*.tgz` is used instead of the registry's, if it has one.
 * @throws {DataError} UNSAFE if the tarball is not the published one.
 * @throws {ResourceError} IO if npm or tar fails.
 */
export async function fetchSources(
  context: InstallContext,
  npm: string,
  from?: string,
): Promise<BindingSources> {
  const { world, report } = context;
  report({
    step: 'download',
    message: `fetching the binding's sources, tfjs-node ${tfjsNodeVersion}`,
  });
  const tarball = await obtain(context, npm, {
    name: '@tensorflow/tfjs-node',
    version: tfjsNodeVersion,
    file: `tensorflow-tfjs-node-${tfjsNodeVersion}.tgz`,
    from,
  });
  await assertIntegrity(tarball, world.sourcesIntegrity);
  const sources = await untar(context, tarball, 'tfjs-node');

  const own = await stat(join(world.nodeInclude, 'node_api.h')).catch(() => undefined);
  if (own !== undefined) return { package: sources, nodeInclude: world.nodeInclude };
  report({ step: 'download', message: `fetching node-api-headers ${nodeApiHeadersVersion}` });
  const headers = await obtain(context, npm, {
    name: 'node-api-headers',
    version: nodeApiHeadersVersion,
    file: `node-api-headers-${nodeApiHeadersVersion}.tgz`,
    from,
  });
  return {
    package: sources,
    nodeInclude: join(await untar(context, headers, 'node-api-headers'), 'include'),
  };
}

interface Tarball {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly from: string | undefined;
}

async function obtain(
  { world, scratch, signal }: InstallContext,
  npm: string,
  { name, version, file, from }: Tarball,
): Promise<string> {
  const path = join(scratch, file);
  if (from !== undefined && (await readdir(from)).includes(file)) {
    await copyFile(join(from, file), path);
    return path;
  }
  const args = [
    'pack',
    `${name}@${version}`,
    '--ignore-scripts',
    '--silent',
    '--pack-destination',
    scratch,
  ];
  const { code, stderr } = await world.run(npm, args, { signal });
  if (code !== 0) {
    throw new ResourceError(
      `native install: npm must fetch ${name}@${version}, it ended with ${code}: ${stderr.trim().slice(-500)}. ` +
        `Check the network, or put ${file} into a folder and give it with --from.`,
      'IO',
    );
  }
  return path;
}

async function assertIntegrity(path: string, expected: string): Promise<void> {
  const got = `sha512-${createHash('sha512')
    .update(await readFile(path))
    .digest('base64')}`;
  if (got === expected) return;
  throw new DataError(
    `native install: ${path} must have the checksum ${expected}, got ${got}. ` +
      'It is not the published package: delete it, and check the registry that npm is set to.',
    'UNSAFE',
  );
}

/** Unpacks an npm tarball, whose one folder is `package`. */
async function untar(
  { world, scratch, signal }: InstallContext,
  tarball: string,
  name: string,
): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  const { code, stderr } = await world.run('tar', ['-xzf', tarball, '-C', folder], { signal });
  if (code !== 0) {
    throw new ResourceError(
      `native install: tar must unpack ${tarball}, it ended with ${code}: ${stderr.trim().slice(-500)}. ` +
        'Install tar, and check the disk.',
      'IO',
    );
  }
  return join(folder, 'package');
}
