import { planLength, stepCount } from './plan.ts';
import type { Plan } from './plan.ts';

const SHOWN_POSITIONS = 6;

/**
 * The plan as a table to print: a head line, then one line a step with the step, its number of positions, the first
 * positions and the first coordinate.
 */
export function describePlan(plan: Plan): string {
  const { name, visibility, stepStarts, positions, coordinates, rank } = plan;
  const window = visibility.kind === 'window' ? ` ${visibility.steps}` : '';
  const lines = [
    `${name}: ${planLength(plan)} positions in ${stepCount(plan)} steps, ${visibility.kind}${window}`,
  ];
  for (let step = 0; step < stepCount(plan); step++) {
    const start = stepStarts[step];
    const count = stepStarts[step + 1] - start;
    const first = positions.subarray(start, start + Math.min(count, SHOWN_POSITIONS));
    const more = count > SHOWN_POSITIONS ? ' ...' : '';
    const corner = coordinates.subarray(start * rank, (start + 1) * rank);
    lines.push(`${step} | ${count} | ${first.join(' ')}${more} | (${corner.join(', ')})`);
  }
  return lines.join('\n');
}
