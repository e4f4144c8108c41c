import { describe, expect, it } from 'vitest';
import { stepMask, visibleMask } from '../plan/attention-mask.ts';
import { planLength, stepCount, stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * What is wrong with a plan, one line a fault: a position that is missing or repeated, an empty step, coordinates that
 * are not one finite row a position, a position that does not see itself, a step whose mask is not its part of the
 * whole.
 */
export function planFaults(plan: Plan): string[] {
  const length = planLength(plan);
  const sorted = plan.positions.toSorted();
  const faults: string[] = [];
  if (sorted.some((position, index) => position !== index)) faults.push('positions repeat or miss');
  if (plan.coordinates.length !== length * plan.rank || !plan.coordinates.every(Number.isFinite)) {
    faults.push('coordinates are not one finite row a position');
  }
  if (plan.stepStarts[0] !== 0 || plan.stepStarts.at(-1) !== length) {
    faults.push('steps do not cover the positions');
  }
  const mask = visibleMask(plan);
  for (let step = 0; step < stepCount(plan); step++) {
    const { start, end } = stepRange(plan, step);
    if (end <= start) faults.push(`step ${step} is empty`);
    const own = stepMask(plan, step);
    for (let query = start; query < end; query++) {
      if (mask[query * length + query] !== 1) faults.push(`position ${query} does not see itself`);
      const whole = mask.subarray(query * length, query * length + end);
      const part = own?.subarray((query - start) * end, (query - start + 1) * end);
      const isSame = whole.every((bit, key) => bit === (part?.[key] ?? 1));
      if (!isSame) faults.push(`step ${step} decodes with another mask than it trains with`);
    }
  }
  return faults;
}

/** Declares the tests that every plan must pass. */
export function describePlan({ name, create }: { name: string; create(): Plan }): void {
  describe(`plan ${name}`, () => {
    it('predicts every position once, with a coordinate, and decodes with the mask of training', () => {
      expect(planFaults(create())).toEqual([]);
    });

    it('is the same each time', () => {
      expect(create()).toEqual(create());
    });
  });
}
