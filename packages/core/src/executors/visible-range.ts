import { stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';

/** Which slots of the cache the rows of a step see. */
export interface VisibleRange {
  readonly begin: number;
  /** One past the last slot that all rows see. */
  readonly end: number;
  /** Whether each row also sees its own slot, behind `end`. */
  readonly isSelfSeen: boolean;
}

/** Slots that the rows of a step see, those that they fill included, each counted once. */
export function visibleSlots(plan: Plan, step: number): number {
  const { start, end } = stepRange(plan, step);
  const { begin, end: last, isSelfSeen } = visibleRange(plan, step);
  return last - begin + (isSelfSeen ? end - start : 0);
}

/** The range that a plan's visibility gives the rows of a step. */
export function visibleRange(plan: Plan, step: number): VisibleRange {
  const { start, end } = stepRange(plan, step);
  const { visibility } = plan;
  if (visibility.kind === 'previous-and-self') return { begin: 0, end: start, isSelfSeen: true };
  const back =
    visibility.kind === 'markov' ? 1 : visibility.kind === 'window' ? visibility.steps : step;
  return { begin: stepRange(plan, Math.max(0, step - back)).start, end, isSelfSeen: false };
}
