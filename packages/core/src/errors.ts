/** What went wrong, for callers that switch on it. The table in docs/architecture.md says who throws which. */
export type ErrorCode =
  | 'FORMAT'
  | 'LIMIT'
  | 'UNSUPPORTED'
  | 'UNSAFE'
  | 'NOT_FOUND'
  | 'IO'
  | 'SHAPE'
  | 'CONFIG'
  | 'ARG'
  | 'BAD_INPUT'
  | 'BAD_WEIGHTS'
  | 'NUMERIC'
  | 'TOO_SHORT'
  | 'FREQ'
  | 'RANGE'
  | 'EMPTY'
  | 'DEGENERATE'
  | 'OOM'
  | 'DEVICE_LOST'
  | 'WORKER_LOST'
  | 'ABORTED'
  | 'DISPOSED'
  | 'LOCKED'
  | 'BUSY';

/**
 * Every deliberate error of nextx. Messages have one form: *where: what must hold, what came. What to do.*
 */
export class NextxError extends Error {
  /** Stable across releases. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller's value is wrong: an argument (ARG), a value of a config file (CONFIG), an index (RANGE). */
export class OptionError extends NextxError {
  constructor(message: string, code: 'ARG' | 'CONFIG' | 'RANGE' = 'ARG', cause?: unknown) {
    super(code, message, cause);
  }
}

/** Tensors do not fit each other. */
export class ShapeError extends NextxError {
  constructor(message: string, cause?: unknown) {
    super('SHAPE', message, cause);
  }
}

/** The sample, table, mesh, sound or file is wrong. */
export class DataError extends NextxError {
  constructor(
    message: string,
    code:
      | 'FORMAT'
      | 'LIMIT'
      | 'UNSAFE'
      | 'BAD_INPUT'
      | 'TOO_SHORT'
      | 'FREQ'
      | 'EMPTY'
      | 'DEGENERATE' = 'FORMAT',
    cause?: unknown,
  ) {
    super(code, message, cause);
  }
}

/** The model folder or checkpoint is wrong. */
export class CheckpointError extends NextxError {
  constructor(
    message: string,
    code: 'FORMAT' | 'LIMIT' | 'UNSAFE' | 'CONFIG' | 'SHAPE' | 'BAD_WEIGHTS' = 'FORMAT',
    cause?: unknown,
  ) {
    super(code, message, cause);
  }
}

/** Valid, but not done here; the message says what does it. */
export class UnsupportedError extends NextxError {
  constructor(message: string, cause?: unknown) {
    super('UNSUPPORTED', message, cause);
  }
}

/** The machine, or whoever owns the resource, says no. */
export class ResourceError extends NextxError {
  constructor(
    message: string,
    code:
      | 'NOT_FOUND'
      | 'IO'
      | 'OOM'
      | 'DEVICE_LOST'
      | 'WORKER_LOST'
      | 'LOCKED'
      | 'BUSY'
      | 'DISPOSED',
    cause?: unknown,
  ) {
    super(code, message, cause);
  }
}

/** NaN or infinity arose; the message names the step and the layer. */
export class NumericError extends NextxError {
  constructor(message: string, cause?: unknown) {
    super('NUMERIC', message, cause);
  }
}
