import { cpus, loadavg, totalmem } from 'node:os';

/** Where and when a measurement took place. */
export interface Machine {
  /** ISO day. */
  readonly day: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly node: string;
  /** `linux-x64`. */
  readonly system: string;
  /** Load averages over one minute before and after. */
  readonly load: readonly [before: number, after: number];
}

/** This machine now. @param loadBefore  `loadavg()[0]` when the run began. */
export function thisMachine(loadBefore: number): Machine {
  const [{ model }] = cpus();
  return {
    day: new Date().toISOString().slice(0, 10),
    cpu: model.trim(),
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    node: process.versions.node,
    system: `${process.platform}-${process.arch}`,
    load: [loadBefore, loadavg()[0]],
  };
}
