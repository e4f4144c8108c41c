import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const one = '/** One. */\nexport const one: number = 1;\n';
const call = 'export async function wait(): Promise<void> {}\n';

/** Violations: what they break, the file that is planted, its text, and the rule that must name it. */
const planted: readonly (readonly [string, string, string, string])[] = [
  [
    'core imports a modality',
    'packages/core/src/a.ts',
    "import '@nextx/image';",
    'no-restricted-imports',
  ],
  [
    'core chooses a backend',
    'packages/core/src/b.ts',
    "import '@tensorflow/tfjs-backend-wasm';",
    'no-restricted-imports',
  ],
  [
    'a modality imports another',
    'packages/image/src/c.ts',
    "import '@nextx/video';",
    'no-restricted-imports',
  ],
  [
    "a modality imports another's part",
    'packages/image/src/d.ts',
    "import '@nextx/video/node';",
    'no-restricted-imports',
  ],
  [
    'a modality chooses a backend',
    'packages/image/src/e.ts',
    "import '@tensorflow/tfjs';",
    'no-restricted-imports',
  ],
  [
    'random imports a layer',
    'packages/core/src/random/f.ts',
    "import '../layers/linear.ts';",
    'no-restricted-imports',
  ],
  [
    'errors import io',
    'packages/core/src/errors.ts',
    "import './io/read.ts';",
    'no-restricted-imports',
  ],
  [
    'a plan imports the backbone',
    'packages/core/src/plan/g.ts',
    "import '../backbone/one.ts';",
    'no-restricted-imports',
  ],
  [
    'a head imports the decoder',
    'packages/core/src/heads/h.ts',
    "import '../decode/one.ts';",
    'no-restricted-imports',
  ],
  [
    'the decoder imports an executor',
    'packages/core/src/decode/i.ts',
    "import '../executors/one.ts';",
    'no-restricted-imports',
  ],
  [
    'an executor imports a recipe',
    'packages/core/src/executors/webgpu/j.ts',
    "import '../../recipe.ts';",
    'no-restricted-imports',
  ],
  [
    'a recipe imports the conformance kit',
    'packages/core/src/recipe.ts',
    "import './conformance.ts';",
    'no-restricted-imports',
  ],
  [
    'a cycle',
    'packages/image/src/cycle-a.ts',
    "import { b } from './cycle-b.ts';\nexport const a = (): number => b();",
    'no-cycle',
  ],
  [
    'a floating promise',
    'packages/image/src/k.ts',
    `${call}export function go(): void {\n  wait();\n}`,
    'no-floating-promises',
  ],
  [
    'a promise as a condition',
    'packages/image/src/l.ts',
    `${call}export const go = (): number => (wait() ? 1 : 2);`,
    'no-misused-promises',
  ],
  [
    'await of a value',
    'packages/image/src/m.ts',
    'export const go = async (): Promise<number> => await 1;',
    'await-thenable',
  ],
  ['a default export', 'packages/image/src/n.ts', 'export default 1;', 'no-default-export'],
  [
    'a file of 401 lines',
    'packages/image/src/o.ts',
    Array.from({ length: 401 }, (_, i) => `export const n${i}: number = ${i};`).join('\n'),
    'max-lines',
  ],
  [
    'a function of 81 lines',
    'packages/image/src/p.ts',
    `export function f(): void {\n${'  f();\n'.repeat(79)}}`,
    'max-lines-per-function',
  ],
  [
    'five parameters',
    'packages/image/src/q.ts',
    'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;',
    'max-params',
  ],
  [
    'complexity 16',
    'packages/image/src/r.ts',
    `export function f(x: number): number {\n${Array.from({ length: 15 }, (_, i) => `  if (x > ${i}) x += ${i};`).join('\n')}\n  return x;\n}`,
    'complexity',
  ],
  ['any', 'packages/image/src/s.ts', 'export const x: any = 1;', 'no-explicit-any'],
  [
    'a non-null assertion',
    'packages/image/src/t.ts',
    'export const f = (x?: string): string => x!;',
    'no-non-null-assertion',
  ],
  [
    'a ts-ignore',
    'packages/image/src/u.ts',
    '// @ts-ignore\nexport const x: number = 1;',
    'ban-ts-comment',
  ],
  [
    'a missing case',
    'packages/image/src/v.ts',
    "export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      f(x);\n  }\n}",
    'switch-exhaustiveness-check',
  ],
  [
    'a type imported as a value',
    'packages/image/src/w.ts',
    "import { Shape } from './shape.ts';\nexport const x: Shape = [];",
    'consistent-type-imports',
  ],
  ['a name in camel case', 'packages/image/src/camelCase.ts', one, 'filename-case'],
  ['a console call in a package', 'packages/image/src/x.ts', "console.log('x');", 'no-console'],
  [
    'a note to self',
    'packages/image/src/y.ts',
    `// ${'TO'}${'DO'}: later\n${one}`,
    'no-warning-comments',
  ],
  [
    'a test that expects nothing',
    'packages/image/src/z.test.ts',
    "import { it } from 'vitest';\nit('is', () => {});",
    'expect-expect',
  ],
];

/** Files that keep the rules and must not be named. */
const allowed: Readonly<Record<string, string>> = {
  'packages/image/src/cycle-b.ts':
    "import { a } from './cycle-a.ts';\nexport const b = (): number => a();",
  'packages/image/src/shape.ts': 'export type Shape = number[];',
  'packages/image/src/uses-core.ts':
    "import '@nextx/core';\nimport '@nextx/core/node';\nimport '@tensorflow/tfjs-core';",
  'packages/image/src/backend.test.ts': "import '@tensorflow/tfjs-backend-cpu';",
  'packages/core/src/random/uses-errors.ts': "import '../errors.ts';\nimport './draw.ts';",
  'packages/core/src/plan/uses-random.ts':
    "import '../random/draw.ts';\nimport '../layers/linear.ts';",
  'packages/core/src/executors/uses-decode.ts':
    "import '../decode/one.ts';\nimport '../heads/one.ts';",
  'packages/core/src/plan/plan.test.ts': "import '../testing/one.ts';",
  'packages/image/vitest.config.ts': 'export default {};',
  'apps/cli/src/main.ts': "import '@nextx/image';\nimport '@tensorflow/tfjs';\nconsole.log('x');",
};

describe('the lint rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nextx-lint-'));
  let found: readonly { file: string; rule: string }[] = [];

  beforeAll(() => {
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    copyFileSync(join(root, 'tsconfig.base.json'), join(folder, 'tsconfig.json'));
    for (const [, file, text] of planted) plant(folder, file, text);
    for (const [file, text] of Object.entries(allowed)) plant(folder, file, text);
    found = lint(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(planted)('refuse %s', (_what, file, _text, rule) => {
    const rules = found.filter((finding) => finding.file === file).map((finding) => finding.rule);

    expect(rules).toContain(rule);
  });

  it.each(Object.keys(allowed).filter((file) => !file.includes('cycle')))('accept %s', (file) => {
    expect(found.filter((finding) => finding.file === file)).toEqual([]);
  });
});

function plant(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${text}\n`);
}

function lint(folder: string): { file: string; rule: string }[] {
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const args = [oxlint, '--type-aware', '--format', 'json', '.'];
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`,
    },
  });
  const report = JSON.parse(stdout) as { diagnostics: { code?: string; filename: string }[] };
  return report.diagnostics.map(({ code = '', filename }) => ({
    file: filename.replaceAll('\\', '/'),
    rule: /\((.*)\)/.exec(code)?.[1] ?? code,
  }));
}
