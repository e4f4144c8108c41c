import type { World } from '../terminal/world.ts';

/** A world that remembers what was said, and can be told to stop. */
export interface CapturedWorld extends World {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly stop: () => void;
}

/** @param onOut  Told of everything written to standard output. */
export function capturedWorld(onOut?: (text: string, stop: () => void) => void): CapturedWorld {
  const controller = new AbortController();
  let [out, err] = ['', ''];
  const stop = () => controller.abort(new Error('stop'));
  return {
    out: (text) => {
      out += text;
      onOut?.(text, stop);
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    columns: 80,
    signal: controller.signal,
    stdout: () => out,
    stderr: () => err,
    stop,
  };
}
