import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as util from 'node:util';
import { compileFunction } from 'node:vm';
import { UnsupportedError } from '@nextx/core';
/**
 * Loader of the CommonJS files of an unpacked `@tensorflow/tfjs-node`.
 * Their `require('@tensorflow/tfjs')` gives `tfjs`, the caller's own instance, so that no second tensor engine arises and
 * no `node_modules` folder is looked at or changed. `util` gets back `isNullOrUndefined`, which Node 23 removed.
 *
 * @param tfjs  The namespace of the application's `@tensorflow/tfjs-core`.
 * @returns A function that loads a file by its absolute path; each file is evaluated once.
 */
export function kernelModules(tfjs) {
  const builtin = createRequire(import.meta.url);
  const given = {
    '@tensorflow/tfjs': tfjs,
    '@tensorflow/tfjs-core': tfjs,
    util: { ...util, isNullOrUndefined: (x) => x === null || x === undefined },
    fs: builtin('node:fs'),
    os: builtin('node:os'),
    path: builtin('node:path'),
  };
  const loaded = new Map();
  function load(file) {
    const known = loaded.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const run = compileFunction(
      readFileSync(file, 'utf8'),
      ['exports', 'require', 'module', '__filename', '__dirname'],
      { filename: file },
    );
    run(module.exports, requireFrom(dirname(file)), module, file, dirname(file));
    return module.exports;
  }
  function requireFrom(folder) {
    return (name) => {
      // The generated protocol buffers serve TensorBoard summaries only, and need a package of their own.
      if (name.endsWith('/api_pb')) return withoutProtocolBuffers();
      if (name.startsWith('.')) return load(`${join(folder, name).replace(/\.js$/, '')}.js`);
      if (Object.hasOwn(given, name)) return given[name];
      throw new UnsupportedError(
        `native: the kernels may load ${Object.keys(given).join(', ')}, got "${name}".`,
      );
    };
  }
  return load;
}
function withoutProtocolBuffers() {
  return new Proxy(
    {},
    {
      get(_, name) {
        throw new UnsupportedError(
          `native: TensorBoard summaries are not available (${String(name)}).`,
        );
      },
    },
  );
}
//# sourceMappingURL=kernel-modules.js.map
