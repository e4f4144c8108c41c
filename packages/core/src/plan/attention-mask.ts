import { planLength, stepOfEach, stepRange } from './plan.ts';
import type { Plan, Visibility } from './plan.ts';

/** Positions ahead of the plan (class, text), which every position of the plan sees. */
export interface PrefixOptions {
  /** Number of prefix positions, P. @defaultValue 0 */
  readonly prefix?: number;
  /** Whether prefix positions all see each other, or only those before and themselves. @defaultValue 'full' */
  readonly prefixVisibility?: 'full' | 'causal';
}

/**
 * Which position may attend to which, in generation order, prefix first: 1 at `[query, key]` means it may.
 *
 * @returns `[P + N, P + N]`, row-major.
 */
export function visibleMask(plan: Plan, options: PrefixOptions = {}): Uint8Array {
  const { prefix = 0, prefixVisibility = 'full' } = options;
  const steps = stepOfEach(plan);
  const size = prefix + steps.length;
  const mask = new Uint8Array(size * size);
  for (let query = 0; query < prefix; query++) {
    const seen = prefixVisibility === 'full' ? prefix : query + 1;
    mask.fill(1, query * size, query * size + seen);
  }
  for (let query = 0; query < steps.length; query++) {
    const row = mask.subarray((prefix + query) * size, (prefix + query + 1) * size);
    row.fill(1, 0, prefix);
    fillVisible(row.subarray(prefix), query, { steps, visibility: plan.visibility });
  }
  return mask;
}

/**
 * Rows of one step's positions against everything up to the end of the step, prefix first: what a decoding
 * step, whose cache ends there, needs.
 *
 * @returns `[n, P + end]`, row-major, or null where all of it is visible, as in every causal plan.
 * @throws {OptionError} (RANGE) if the plan has no such step.
 */
export function stepMask(
  plan: Plan,
  step: number,
  { prefix = 0 }: PrefixOptions = {},
): Uint8Array | null {
  const { start, end } = stepRange(plan, step);
  if (plan.visibility.kind === 'causal' || plan.visibility.kind === 'full') return null;
  const steps = stepOfEach(plan).subarray(0, end);
  const width = prefix + end;
  const mask = new Uint8Array((end - start) * width);
  for (let query = start; query < end; query++) {
    const row = mask.subarray((query - start) * width, (query - start + 1) * width);
    row.fill(1, 0, prefix);
    fillVisible(row.subarray(prefix), query, { steps, visibility: plan.visibility });
  }
  return mask.includes(0) ? mask : null;
}

/**
 * Mask of a training pass over clean positions followed by noised copies of the same (Hu et al. 2024, ACDiT, skip-causal
 * attention): clean step i sees clean steps up to i; noised step i sees clean steps before i and noised step i.
 *
 * @returns `[2 N, 2 N]`, row-major.
 */
export function skipCausalMask(plan: Plan): Uint8Array {
  const steps = stepOfEach(plan);
  const count = planLength(plan);
  const mask = new Uint8Array(4 * count * count);
  for (let query = 0; query < count; query++) {
    const clean = 2 * count * query;
    const noised = 2 * count * (count + query);
    for (let key = 0; key < count; key++) {
      mask[clean + key] = steps[key] <= steps[query] ? 1 : 0;
      mask[noised + key] = steps[key] < steps[query] ? 1 : 0;
      mask[noised + count + key] = steps[key] === steps[query] ? 1 : 0;
    }
  }
  return mask;
}

function fillVisible(
  row: Uint8Array,
  query: number,
  { steps, visibility }: { steps: Int32Array; visibility: Visibility },
): void {
  const nearest = visibility.kind === 'previous-and-self' ? 1 : 0;
  const farthest = reach(visibility);
  for (let key = 0; key < row.length; key++) {
    const distance = steps[query] - steps[key];
    const isSeen = visibility.kind === 'full' || (distance >= nearest && distance <= farthest);
    row[key] = isSeen || key === query ? 1 : 0;
  }
}

/** How many steps back a position sees. */
function reach(visibility: Visibility): number {
  if (visibility.kind === 'markov') return 1;
  return visibility.kind === 'window' ? visibility.steps : Infinity;
}
