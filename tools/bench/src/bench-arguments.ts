import { parseArgs } from 'node:util';

/** What the command was asked for. */
export interface BenchArguments {
  readonly isQuick: boolean;
  readonly python: string;
  readonly rounds: number;
  readonly threads: number;
  readonly isWritingDocs: boolean;
  readonly jsonFile?: string;
}

/** How to call the command. */
const usage =
  'npm run bench -- image [--quick] [--json FILE] [--python PATH] [--threads 2] [--rounds N] [--write-docs]';

/**
 * Arguments of the command line.
 *
 * @throws {Error} for anything but the benchmark `image` and its options, with the usage.
 */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      python: { type: 'string', default: 'python3' },
      rounds: { type: 'string' },
      threads: { type: 'string', default: '2' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  if (positionals.length !== 1 || positionals[0] !== 'image') {
    throw new Error(
      `bench: the benchmark must be image, got "${positionals.join(' ')}". Usage: ${usage}`,
    );
  }
  return {
    isQuick: values.quick,
    python: values.python,
    rounds: count('rounds', values.rounds ?? (values.quick ? '5' : '3')),
    threads: count('threads', values.threads),
    isWritingDocs: values['write-docs'],
    ...(values.json !== undefined && { jsonFile: values.json }),
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`bench: --${name} must be a whole number of at least 1, got "${text}".`);
}
