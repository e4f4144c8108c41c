/** What one stage of the check took. */
export interface StageResult {
  readonly seconds: number;
  /** Largest resident memory of its process, in MB (10⁶ bytes). */
  readonly peakMegabytes: number;
}

/** All that is measured of one model. */
export interface CheckResult {
  /** Name of the import, such as `var-d16`. */
  readonly as: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly folderBytes: number;
  readonly tensors: number;
  readonly parameters: number;
  readonly importing: StageResult;
  readonly loading: StageResult;
  /** One picture, all steps, guided. */
  readonly generating: StageResult & { readonly steps: number };
  readonly engine: string;
  readonly machine: string;
  /** ISO day. */
  readonly day: string;
}
