/** Where a command's words go, and what may stop it. Tests pass their own. */
export interface World {
  /** Standard output: results, and with `--json` nothing but lines of JSON. */
  readonly out: (text: string) => void;
  /** Standard error: everything said along the way. */
  readonly err: (text: string) => void;
  /** Whether standard error is a terminal that may be drawn on. */
  readonly isTerminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Aborted when the user asks to stop. */
  readonly signal: AbortSignal;
}

/** What of the process the world depends on. */
export interface ProcessFacts {
  readonly stderr: { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Narrower terminals get plain lines. */
const leastColumns = 40;

/**
 * Whether colors and cursor moves may be written: on a terminal that is wide enough, not under `CI`, not with `NO_COLOR`, and not
 * with `TERM=dumb`.
 */
export function mayDraw({ stderr, env }: ProcessFacts): boolean {
  const isSet = (name: string) => (env[name] ?? '') !== '' && env[name] !== 'false';
  return (
    stderr.isTTY === true &&
    (stderr.columns ?? 80) >= leastColumns &&
    !isSet('CI') &&
    !isSet('NO_COLOR') &&
    env['TERM'] !== 'dumb'
  );
}

/** The world of this process. */
export function processWorld(signal: AbortSignal): World {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: mayDraw(process),
    columns: process.stderr.columns ?? 80,
    signal,
  };
}
