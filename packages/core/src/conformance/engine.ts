/** An engine that a suite of the kit runs on. */
export interface ConformanceEngine {
  readonly name: string;
  /** Makes it compute for this process, with all gradients registered. */
  start(): Promise<unknown>;
  /** Why it cannot start here; its tests are then reported as skipped. */
  readonly missing?: string;
}

/** How long an engine and an instance may take to start. */
export const startTimeoutMs = 60_000;
