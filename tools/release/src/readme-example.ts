/** What a README tells its reader to do: what to install, and the first example to run. */
export interface ReadmeExample {
  /** Names of the packages in the first install command. */
  readonly install: readonly string[];
  /** The first TypeScript block, or else the first shell lines that call the command. */
  readonly code?: { readonly language: 'ts' | 'sh'; readonly text: string };
}

/**
 * Reads the install command and the first example of a package's README. An install command is a line that begins
 * with `npm install`, `npm i` or `pnpm add`, in a block or indented.
 *
 * @param markdown  text of README.md.
 * @param command  name of the package's own command, if it has one: its first example may be a shell line.
 */
export function readmeExample(markdown: string, command?: string): ReadmeExample {
  const installLine = /^\s*(?:\$ )?(?:npm (?:install|i)|pnpm add) (.+)$/m.exec(markdown)?.[1] ?? '';
  const install = installLine.split(/\s+/).filter((word) => /^[@a-z][\w@/.-]*$/.test(word));
  const blocks = [...markdown.matchAll(/^```([\w-]*)[^\n]*\n([\s\S]*?)^```/gm)];
  const typescript = blocks.find(([, language]) => language === 'ts' || language === 'typescript');
  if (typescript?.[2] !== undefined) {
    return { install, code: { language: 'ts', text: typescript[2] } };
  }
  const lines = command === undefined ? [] : commandLines(markdown, blocks, command);
  return lines.length > 0
    ? { install, code: { language: 'sh', text: lines.join('\n') } }
    : { install };
}

/** Lines that call the command, of the first block that has any, or else of the indented text. */
function commandLines(markdown: string, blocks: RegExpMatchArray[], command: string): string[] {
  const calls = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim().replace(/^\$ /, ''))
      .filter((line) => line.startsWith(`${command} `) || line.startsWith(`npx ${command} `));
  const texts = [...blocks.map((block) => block[2] ?? ''), indented(markdown)];
  return calls(texts.find((text) => calls(text).length > 0) ?? '');
}

function indented(markdown: string): string {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .join('\n');
}
