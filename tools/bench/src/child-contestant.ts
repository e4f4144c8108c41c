import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ContestantJob, GenerationAnswer, ReadyAnswer } from './contestant-job.ts';
import type { Contestant } from './contestants.ts';

/** A started contestant, which has loaded its weights. Owns a process: end it. */
export class ChildContestant {
  readonly contestant: Contestant;
  /** What computes, by its own words. */
  readonly ready: ReadyAnswer;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #errors: { text: string };

  private constructor(
    contestant: Contestant,
    ready: ReadyAnswer,
    parts: Pick<StartedChild, 'child' | 'lines' | 'errors'>,
  ) {
    this.contestant = contestant;
    this.ready = ready;
    this.#child = parts.child;
    this.#lines = parts.lines;
    this.#errors = parts.errors;
  }

  /** Starts the process and waits until it has loaded. @throws {Error} with its last words if it ends. */
  static async start(
    contestant: Contestant,
    job: Omit<ContestantJob, 'threads' | 'decoder'>,
  ): Promise<ChildContestant> {
    const started = startChild(contestant, await writeJob(contestant, job));
    const ready = (await nextLine(contestant, started)) as ReadyAnswer; // its first line
    return new ChildContestant(contestant, ready, started);
  }

  /** One generation. */
  async generate(): Promise<GenerationAnswer> {
    this.#child.stdin.write('run\n');
    const parts = { child: this.#child, lines: this.#lines, errors: this.#errors };
    return (await nextLine(this.contestant, parts)) as GenerationAnswer; // an answer to a request
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const isOver = this.#child.exitCode !== null || this.#child.signalCode !== null;
    if (isOver) return;
    const closed = new Promise((resolve) => {
      this.#child.once('close', resolve);
    });
    this.#child.stdin.end();
    await closed;
  }
}

interface StartedChild {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly lines: AsyncIterator<string>;
  readonly errors: { text: string };
}

async function writeJob(
  { name, threads, decoder }: Contestant,
  job: Omit<ContestantJob, 'threads' | 'decoder'>,
): Promise<string> {
  const file = join(job.weights, `job-${name.replaceAll(/[ ,]+/g, '-')}-${threads}.json`);
  const whole: ContestantJob = { ...job, threads, decoder };
  await writeFile(file, JSON.stringify(whole));
  return file;
}

function startChild({ command, threads }: Contestant, jobFile: string): StartedChild {
  const [program, ...args] = command;
  const child = spawn(program, [...args, jobFile], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
  });
  const errors = { text: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors.text = (errors.text + text).slice(-2000);
  });
  child.stdin.on('error', () => {}); // a process that has ended; reading its answer says why
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, lines, errors };
}

async function nextLine(
  { name, command }: Contestant,
  { lines, errors }: StartedChild,
): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done !== true) return JSON.parse(value);
  throw new Error(
    `bench: ${name} (${command.join(' ')}) must answer, it ended: ${errors.text.trim()}`,
  );
}
