import type { CheckResult, StageResult } from './check-result.ts';

/** The page of the docs, Markdown. */
export function renderPage(result: CheckResult): string {
  const { as, files, importing, loading, generating, parameters, tensors, folderBytes } = result;
  const rows: [string, string, string][] = [
    ['import', ...stage(importing)],
    ['load, every weight checked', ...stage(loading)],
    [`generate one picture, guided, ${generating.steps} steps`, ...stage(generating)],
  ];
  return `# Imports of official checkpoints

Made by \`npm run check\` in \`tools/import-check\`; do not edit. PyTorch writes checkpoints with the published names and shapes of
${as} and random values; nextx imports them, loads the model and generates with it. A test of the image package compares the
names and shapes of every published size.

| file | MB |
|---|---|
${files.map(({ name, bytes }) => `| \`${name}\` | ${megabytes(bytes)} |`).join('\n')}
| the model folder made of them: ${tensors} tensors, ${parameters.toLocaleString('en-US')} weights, float32 | ${megabytes(folderBytes)} |

| stage | seconds | peak memory, MB |
|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

Loading and generating are one process, whose peak counts for both. Engine: ${result.engine}. Machine: ${result.machine}, ${result.day}.
`;
}

function stage({ seconds, peakMegabytes }: StageResult): [string, string] {
  return [seconds.toFixed(1), peakMegabytes.toFixed(0)];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
