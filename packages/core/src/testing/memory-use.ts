import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memory } from '@tensorflow/tfjs-core';
import { turnOfEventLoop } from '../turn-of-event-loop.ts';

/** What a process needs at one moment, once garbage is collected. */
export interface MemoryUse {
  /** Number of tensors. */
  readonly tensors: number;
  /** Bytes that objects and buffers hold. */
  readonly held: number;
  /** Resident bytes of the whole process. */
  readonly process: number;
}

let gc: (() => void) | undefined;

/**
 * Collects garbage now. Called on the way of a long run, else V8's young generation grows with the garbage of a busy
 * machine, and the process with it.
 */
export function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  gc();
}

/** Collects garbage and measures, in Node. */
export async function memoryUse(): Promise<MemoryUse> {
  // What is collected frees its part of a device a turn later.
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage();
    await turnOfEventLoop();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { tensors: memory().numTensors, held: heapUsed + external, process: rss };
}
