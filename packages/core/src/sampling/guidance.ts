import { OptionError, ShapeError } from '../errors.ts';

/**
 * How the guidance scale changes over the steps.
 * - `constant`: the same at every step;
 * - `linear`: from 1 at the first step to the full scale at the last (VAR);
 * - `masked`: from 1 to the full scale with the share of positions already revealed (MAR's "linear");
 * - `{ from, to }`: the full scale in steps `from` to `to`, both included, and 1 elsewhere.
 */
export type GuidanceSchedule =
  | 'constant'
  | 'linear'
  | 'masked'
  | { readonly from: number; readonly to: number };

/** Where in a generation the scale is asked for. */
export interface GuidanceProgress {
  /** Step, counted from 0. */
  readonly step: number;
  /** Number of steps. */
  readonly steps: number;
  /** Positions still masked after this step; the schedule `masked` needs it. */
  readonly masked?: number;
  /** Number of positions; the schedule `masked` needs it. */
  readonly total?: number;
}

/**
 * Classifier-free guidance (Ho and Salimans 2022): u + s (c - u). Scale 1 gives `cond` bit for bit, 0 the
 * unconditional output. Papers that write (1 + t) c - t u mean s = 1 + t. Combine before filtering: the
 * difference of two infinities is NaN.
 *
 * @param cond conditional logits or vectors, c.
 * @param uncond unconditional ones of the same positions, u; as many.
 * @param scale s
 * @param out where to write; may be `cond` or `uncond`. @defaultValue a new array of `cond`'s type
 * @returns `out`
 * @throws {ShapeError} if the lengths differ.
 */
export function combineGuidance<T extends Float32Array | Float64Array>(
  cond: T,
  uncond: ArrayLike<number>,
  scale: number,
  out: T = copyOf(cond),
): T {
  if (uncond.length !== cond.length || out.length !== cond.length) {
    throw new ShapeError(
      `combineGuidance: both halves and the result must be of one length, got ${cond.length} conditional, ` +
        `${uncond.length} unconditional and room for ${out.length}. Feed both halves the same positions.`,
    );
  }
  if (scale === 1) {
    out.set(cond);
    return out;
  }
  for (let i = 0; i < out.length; i++) out[i] = uncond[i] + scale * (cond[i] - uncond[i]);
  return out;
}

/**
 * Scale of one step.
 *
 * @param scale the full scale, s.
 * @throws {OptionError} (ARG) if the schedule is `masked` and the progress lacks `masked` or `total`.
 */
export function guidanceScaleAt(
  schedule: GuidanceSchedule,
  scale: number,
  { step, steps, masked, total }: GuidanceProgress,
): number {
  if (schedule === 'constant') return scale;
  if (schedule === 'linear') {
    // A single step is the last one too.
    return steps === 1 ? scale : 1 + ((scale - 1) * step) / (steps - 1);
  }
  if (schedule === 'masked') {
    if (masked === undefined || total === undefined) {
      throw new OptionError(
        `guidanceScaleAt: the schedule 'masked' must know how many positions are masked and in total, ` +
          `got ${masked} of ${total}. Use 'linear' where nothing is masked.`,
      );
    }
    return 1 + ((scale - 1) * (total - masked)) / total;
  }
  return step >= schedule.from && step <= schedule.to ? scale : 1;
}

/**
 * Guidance scale from a person or a file.
 *
 * @returns the number given, 0 to 100.
 * @throws {OptionError} (ARG) for everything else.
 */
export function parseGuidanceScale(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) {
    throw new OptionError(
      `parseGuidanceScale: guidanceScale must be a number from 0 to 100, got ${String(value)}. Use 1 for none.`,
    );
  }
  return value;
}

/**
 * Guidance schedule from a person or a file.
 *
 * @throws {OptionError} (ARG) unless it is one of the names, or a window of whole steps whose end is not before its
 *   start.
 */
export function parseGuidanceSchedule(value: unknown): GuidanceSchedule {
  if (value === 'constant' || value === 'linear' || value === 'masked') return value;
  if (typeof value === 'object' && value !== null && 'from' in value && 'to' in value) {
    const { from, to } = value;
    const isWindow = isStep(from) && isStep(to) && from <= to;
    if (isWindow) return { from, to };
  }
  throw new OptionError(
    `parseGuidanceSchedule: guidanceSchedule must be constant, linear, masked or a window of whole steps { from, to }, ` +
      `got ${JSON.stringify(value)}. Leave it out for the recipe's own.`,
  );
}

function isStep(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function copyOf<T extends Float32Array | Float64Array>(array: T): T {
  // slice returns an array of the same class, which its declared type does not say.
  return array.slice() as T;
}
