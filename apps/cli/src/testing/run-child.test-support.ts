import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const loader = new URL('./typescript-loader.mjs', import.meta.url).href;
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** A program of its own, and how it ended. */
export interface Child {
  readonly process: ChildProcess;
  readonly stderr: () => string;
  readonly end: Promise<{ readonly code: number | null; readonly stdout: string }>;
}

/** Starts the command line from its sources. @param onError  Told of what is written to standard error. */
export function startNextx(words: readonly string[], onError?: (text: string) => void): Child {
  return startNode([main, ...words], onError);
}

/** Starts Node so that it can import the sources. */
export function startNode(words: readonly string[], onError?: (text: string) => void): Child {
  const child = spawn(
    process.execPath,
    ['--conditions=@nextx/source', '--import', loader, ...words],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    onError?.(stderr);
  });
  return {
    process: child,
    stderr: () => stderr,
    end: new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, stdout }));
    }),
  };
}
