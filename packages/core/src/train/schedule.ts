import { OptionError } from '../errors.ts';

/** What every learning-rate schedule has: a rise to its peak. */
interface WarmUp {
  /** Largest learning rate. */
  readonly peak: number;
  /** Steps of the linear rise to the peak. @defaultValue 0 */
  readonly warmupSteps?: number;
  /**
   * Share of the peak at step 0, from which the rise reaches the peak at step `warmupSteps`.
   * @defaultValue none: step i of the rise has the share (i + 1) / warmupSteps
   */
  readonly warmupStart?: number;
}

/**
 * Learning rate as a function of the step.
 * - `constant`: the peak after the warm-up;
 * - `cosine`, `linear`: fall from the peak at the end of the warm-up to `minimum` at `totalSteps`;
 * - `lin0`: VAR's: the peak for a share `flat` of the steps after the warm-up, then linear to the share `end` of
 *   the peak, which the last step has.
 */
export type LearningRateSchedule =
  | (WarmUp & { readonly kind: 'constant' })
  | (WarmUp & {
      readonly kind: 'cosine' | 'linear';
      /** Steps of the training, T. */
      readonly totalSteps: number;
      /** Learning rate at step T, just after the last. @defaultValue 0 */
      readonly minimum?: number;
    })
  | (WarmUp & {
      readonly kind: 'lin0';
      /** Steps of the training, T. */
      readonly totalSteps: number;
      /** Share of the steps after the warm-up that stay at the peak. @defaultValue 0.05 */
      readonly flat?: number;
      /** Share of the peak at the last step. @defaultValue 0.1 */
      readonly end?: number;
    });

/** Weight decay that changes along half a cosine. */
export interface WeightDecaySchedule {
  /** Weight decay at step 0. */
  readonly start: number;
  /** Weight decay at the last step. */
  readonly end: number;
  /** Steps of the training. */
  readonly totalSteps: number;
}

/**
 * Learning rate of a step.
 *
 * @param step counted from 0; steps past the end keep the last value.
 * @throws {OptionError} (ARG) if the step is not a whole number of at least 0.
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  if (!Number.isInteger(step) || step < 0) {
    throw new OptionError(
      `learningRateAt: step must be a whole number of at least 0, got ${step}. Count steps from 0.`,
    );
  }
  const { peak, warmupSteps = 0, warmupStart } = schedule;
  if (step < warmupSteps) {
    if (warmupStart === undefined) return (peak * (step + 1)) / warmupSteps;
    return peak * (warmupStart + ((1 - warmupStart) * step) / warmupSteps);
  }
  if (schedule.kind === 'constant') return peak;
  const { totalSteps } = schedule;
  if (schedule.kind === 'lin0') {
    const { flat = 0.05, end = 0.1 } = schedule;
    const passed = share(step - warmupSteps, totalSteps - 1 - warmupSteps);
    return passed < flat ? peak : peak * (end + ((1 - end) * (1 - passed)) / (1 - flat));
  }
  const { minimum = 0 } = schedule;
  const passed = share(step - warmupSteps, totalSteps - warmupSteps);
  const left = schedule.kind === 'cosine' ? halfCosine(passed) : 1 - passed;
  return minimum + (peak - minimum) * left;
}

/** Weight decay of a step, counted from 0; steps past the end keep the last value. */
export function weightDecayAt(
  { start, end, totalSteps }: WeightDecaySchedule,
  step: number,
): number {
  return end + (start - end) * halfCosine(share(step, totalSteps - 1));
}

/**
 * One step of an exponential moving average, in place: decay x average + (1 - decay) x value.
 *
 * @param average changed.
 * @param value as many numbers.
 * @returns `average`
 */
export function updateAverage<T extends Float32Array | Float64Array>(
  average: T,
  value: ArrayLike<number>,
  decay: number,
): T {
  for (let i = 0; i < average.length; i++) {
    average[i] = decay * average[i] + (1 - decay) * value[i];
  }
  return average;
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 1 : Math.min(1, part / whole);
}

/** From 1 at 0 to 0 at 1. */
function halfCosine(passed: number): number {
  return 0.5 + 0.5 * Math.cos(Math.PI * passed);
}
