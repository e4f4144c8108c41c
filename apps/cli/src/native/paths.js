import { homedir } from 'node:os';
import { join } from 'node:path';
/** Release of `@tensorflow/tfjs-node` whose binding sources and kernels are used; equal to the tfjs of this command. */
export const tfjsNodeVersion = '4.22.0';
/**
 * Folder that holds every native build: `$XDG_CACHE_HOME/nextx/native`, or `~/.cache/nextx/native`.
 *
 * @param env  Environment to read. @defaultValue `process.env`
 */
export function nativeRoot(env = process.env) {
  const cache = env['XDG_CACHE_HOME'];
  const base = cache !== undefined && cache.startsWith('/') ? cache : join(homedir(), '.cache');
  return join(base, 'nextx', 'native');
}
/** Name of one build's folder inside `nativeRoot`: release, system, processor, variant. */
export function nativeKey(variant) {
  return `tfjs-node-${tfjsNodeVersion}-${process.platform}-${process.arch}-${variant}`;
}
//# sourceMappingURL=paths.js.map
