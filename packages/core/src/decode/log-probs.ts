import { planLength, stepRange } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { SampleContext } from '../heads/head.ts';
import type { DecodeOptions } from './executor.ts';

/** What adds the drawn tokens of one step to `logProbs`, where these are asked for. */
export function logProbAdder(
  { logProbs, given }: Pick<DecodeOptions, 'logProbs' | 'given'>,
  plan: Plan,
  step: number,
): Pick<SampleContext, 'onDraw'> {
  if (logProbs === undefined) return {};
  const length = planLength(plan);
  const { start } = stepRange(plan, step);
  return {
    onDraw: (item, row, logProb) => {
      const isGiven = (given?.[item * length + start + row] ?? -1) >= 0;
      if (!isGiven) logProbs[item] += logProb;
    },
  };
}
