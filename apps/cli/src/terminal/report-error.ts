import { Interrupted } from './interrupted.ts';
import { UsageError } from './usage-error.ts';

/** How a failed command ends. */
export interface Failure {
  /** 1 for what went wrong on the way, 2 for wrong arguments or settings, 130 when the user stopped it. */
  readonly exitCode: 1 | 2 | 130;
  /** Stable, of core's list; UNEXPECTED for a defect. */
  readonly code: string;
  /** One line for a person. */
  readonly message: string;
}

/** What to tell and with which code to exit. Unexpected errors are reported as a defect of nextx. */
export async function failureOf(error: unknown, signal: AbortSignal): Promise<Failure> {
  if (error instanceof UsageError) return { exitCode: 2, code: 'ARG', message: error.message };
  if (error instanceof Interrupted || (signal.aborted && isAbort(error, signal))) {
    const message = error instanceof Interrupted ? error.message : 'stopped';
    return { exitCode: 130, code: 'ABORTED', message };
  }
  // Loaded only now: it brings the tensor library along.
  const { NextxError } = await import('@nextx/core');
  if (error instanceof NextxError) {
    const isSetting = error.code === 'ARG' || error.code === 'CONFIG' || error.code === 'RANGE';
    return { exitCode: isSetting ? 2 : 1, code: error.code, message: error.message };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    exitCode: 1,
    code: 'UNEXPECTED',
    message: `${text} (unexpected: please report it with the output of --verbose)`,
  };
}

/** The error's stack and those of its causes, for `--verbose`. */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${traceOf(error.cause)}`;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
