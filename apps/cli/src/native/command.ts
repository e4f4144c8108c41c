import { spawn } from 'node:child_process';

/** How a program is run. */
export interface CommandOptions {
  /** Ends the program (SIGTERM, and SIGKILL after 5 s); the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Variables added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of either output. */
  readonly onLine?: (line: string) => void;
}

/** How a program ended. */
export interface CommandResult {
  /** Exit status; 127 where there is no such program, 128 where a signal ended it. */
  readonly code: number;
  /** Signal that ended the program by itself, `SIGILL` and the like. */
  readonly endedBy?: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without a shell. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

/**
 * Runs a program of this machine. Whatever its exit status, the call resolves.
 *
 * @throws the reason of `signal`, once the program has ended.
 */
export const runCommand: RunCommand = async (program, args, { signal, env, onLine } = {}) => {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let insist: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    insist = setTimeout(() => child.kill('SIGKILL'), 5000);
  };
  signal?.addEventListener('abort', stop);
  try {
    const [stdout, stderr, end] = await Promise.all([
      collect(child.stdout, onLine),
      collect(child.stderr, onLine),
      new Promise<Pick<CommandResult, 'code' | 'endedBy'>>((resolve) => {
        child.once('error', () => resolve({ code: 127 }));
        child.once('close', (code, by) =>
          resolve(by === null ? { code: code ?? 1 } : { code: 128, endedBy: by }),
        );
      }),
    ]);
    signal?.throwIfAborted();
    return { ...end, stdout, stderr };
  } finally {
    clearTimeout(insist);
    signal?.removeEventListener('abort', stop);
  }
};

/** The last million characters of a stream; each full line goes to `onLine` on the way. */
async function collect(
  stream: NodeJS.ReadableStream,
  onLine: ((line: string) => void) | undefined,
): Promise<string> {
  const limit = 1_000_000;
  let text = '';
  let open = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text = (text + String(chunk)).slice(-limit);
    const lines = (open + String(chunk)).split(/[\r\n]+/);
    open = lines.pop() ?? '';
    if (onLine !== undefined) for (const line of lines) onLine(line);
  }
  if (open !== '') onLine?.(open);
  return text;
}
