/** How one spec of tfjs-core ended. */
export interface SpecResult {
  /** Full name: suite, test environment, sentence. */
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'pending';
  /** First line of the first failure; absent where there is none. */
  readonly failure?: string;
}

/** What the process that ran the specs leaves. */
export interface SuiteRun {
  /** Release of TensorFlow. */
  readonly tensorflow: string;
  /** Folder of the native build that ran them. */
  readonly folder: string;
  readonly specs: readonly SpecResult[];
  /** Milliseconds of all specs. */
  readonly durationMs: number;
}
