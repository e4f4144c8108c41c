import { stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';

/** Which slots the rows of a step see. */
export interface Sight {
  /** First slot seen, and one past the last that all rows see. */
  readonly begin: number;
  readonly end: number;
  /** Whether each row also sees its own slot, which lies behind `end`. */
  readonly isSelfSeen: boolean;
}

/** The range that a plan's visibility gives the rows of a step. */
export function sightOf(plan: Plan, step: number): Sight {
  const { start, end } = stepRange(plan, step);
  const { visibility } = plan;
  if (visibility.kind === 'previous-and-self') return { begin: 0, end: start, isSelfSeen: true };
  const back =
    visibility.kind === 'markov' ? 1 : visibility.kind === 'window' ? visibility.steps : step;
  return { begin: stepRange(plan, Math.max(0, step - back)).start, end, isSelfSeen: false };
}
