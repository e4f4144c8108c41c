import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * Bundles the specs into one module: tfjs-core publishes them as modules whose imports lack extensions, which Node alone
 * cannot load.
 *
 * @param entry  The module that runs them.
 * @param file  Where the bundle goes.
 */
export async function bundleSuite(entry: string, file: string): Promise<void> {
  const jasmine = dirname(fileURLToPath(import.meta.resolve('jasmine-core/package.json')));
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    treeshake: false,
    external: ['jasmine-core'],
    // tfjs-core asks for Jasmine without declaring it as a dependency.
    resolve: { alias: { 'jasmine-core/lib': join(jasmine, 'lib') } },
    logLevel: 'silent',
  });
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
}
