// Compiles the kernels of the cpu executor, once with relaxed SIMD and once without, into modules that hold their
// bytes: node assembly/build.mjs [--check]. With --check nothing is written, and a difference is an error.
import asc from 'assemblyscript/asc';
import { readFile, writeFile } from 'node:fs/promises';

const builds = [
  { name: 'plain', features: [] },
  { name: 'relaxed', features: ['--enable', 'relaxed-simd'] },
];
const folder = new URL('../src/executors/cpu/', import.meta.url);
const isCheck = process.argv.includes('--check');

for (const { name, features } of builds) {
  const bytes = await compile(features);
  const text = [
    `/** The kernels of \`assembly/\`, ${name} SIMD, in base64; written by \`node assembly/build.mjs\`. */`,
    `export const ${name}Kernels: string =\n  '${Buffer.from(bytes).toString('base64')}';`,
  ].join('\n');
  const file = new URL(`kernels-${name}.wasm.ts`, folder);
  if (!isCheck) await writeFile(file, `${text}\n`);
  else if ((await readFile(file, 'utf8')) !== `${text}\n`) {
    throw new Error(
      `${file.pathname} is not what assembly/ compiles to; run node assembly/build.mjs`,
    );
  }
}

/** @param {readonly string[]} features  flags that switch on what this build may use. */
async function compile(features) {
  const folderOfSources = new URL('.', import.meta.url);
  let binary;
  const { error } = await asc.main(
    [
      'index.ts',
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--noExportMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      '--enable',
      'simd',
      '--enable',
      'threads',
      '--disableWarning',
      ...features,
    ],
    {
      // AssemblyScript under an ending of its own: tools for TypeScript do not read its decorators.
      readFile: (name) =>
        readFile(new URL(name.replace(/\.ts$/, '.as'), folderOfSources), 'utf8').catch(() => null),
      writeFile: (_, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error(error.message, { cause: error });
  return binary;
}
