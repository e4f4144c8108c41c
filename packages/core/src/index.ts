export {
  CheckpointError,
  DataError,
  NextxError,
  NumericError,
  OptionError,
  ResourceError,
  ShapeError,
  UnsupportedError,
} from './errors.ts';
export type { ErrorCode } from './errors.ts';
