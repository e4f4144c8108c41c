/**
 * Reads the parts of spec names that tfjs-node's own test program leaves out.
 *
 * @param source  Text of its `dist/run_tests.js`.
 * @returns The names of the list `IGNORE_LIST`; those that it adds on Windows only are not among them.
 * @throws {Error} if the text has no such list.
 */
export function readIgnoreList(source: string): string[] {
  const list = /IGNORE_LIST = \[([^]*?)\n\];/.exec(source)?.[1];
  if (list === undefined) {
    throw new Error(
      'tfjs-suite: run_tests.js must hold an IGNORE_LIST, it holds none. Build the native engine again.',
    );
  }
  const code = list.split('\n').filter((line) => !line.trim().startsWith('//'));
  return [...code.join('\n').matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, name = '']) =>
    name.replace(/\\(.)/g, '$1'),
  );
}
