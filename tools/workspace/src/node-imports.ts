import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** A file that a browser would load and that asks for a module of Node. */
export interface NodeImport {
  /** The entry point, then each file that imports the next, down to the one that asks. */
  readonly path: readonly string[];
  /** For example `node:fs`. */
  readonly module: string;
}

/**
 * Imports of Node's own modules in everything that is reachable from one source file by relative imports,
 * dynamic ones included. The imports of types count too: they are erased, yet a page's compiler needs them.
 *
 * @param entry  path of a TypeScript file.
 * @returns one finding for each file and module, in the order they are reached.
 */
export function nodeImports(entry: string): NodeImport[] {
  const found: NodeImport[] = [];
  const seen = new Set<string>();
  const visit = (file: string, importers: readonly string[]): void => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    const path = [...importers, file];
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
      if (fileName.startsWith('.')) visit(join(dirname(file), fileName), path);
      else if (isNodeModule(fileName)) found.push({ path, module: fileName });
    }
  };
  visit(entry, []);
  return found;
}

/** Source files of a package's entry points that browsers load: all but `./node` and what only tests import. */
export function browserEntries(packageFolder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    exports?: Record<string, string | Record<string, string>>;
  };
  return Object.entries(manifest.exports ?? {})
    .filter(([name]) => !['./node', './testing', './conformance'].includes(name))
    .map(([, target]) => (typeof target === 'string' ? undefined : target['@nextx/source']))
    .filter((source) => source !== undefined)
    .map((source) => join(packageFolder, source));
}

function isNodeModule(name: string): boolean {
  return name.startsWith('node:') || builtinModules.includes(name);
}
