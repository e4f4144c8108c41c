import { OptionError } from '../errors.ts';

/**
 * Which steps a position may see.
 * - `causal`: all steps up to and including its own;
 * - `markov`: the step before and its own;
 * - `window`: the last `steps` steps and its own;
 * - `full`: everything (masked models evaluate all positions at every step);
 * - `previous-and-self`: all earlier steps and itself, but not its step mates.
 */
export type Visibility =
  | { readonly kind: 'causal' }
  | { readonly kind: 'markov' }
  | { readonly kind: 'window'; readonly steps: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'previous-and-self' };

/**
 * The order of generation: N positions in S steps, each step the set of positions predicted together.
 * Plain data; one step is one evaluation of the network.
 */
export interface Plan {
  /** Name of the order, for people. */
  readonly name: string;
  /** Position ids (cache slots) in generation order, each exactly once. `[N]` */
  readonly positions: Int32Array;
  /** Offset in `positions` where each step begins, and N at the end: S + 1 numbers. */
  readonly stepStarts: readonly number[];
  /** Coordinates of the positions in generation order, row-major. `[N, rank]` */
  readonly coordinates: Float32Array;
  /** Numbers in a coordinate. */
  readonly rank: number;
  /** Which steps a position may see. */
  readonly visibility: Visibility;
}

/**
 * Plan from its parts, checked.
 *
 * @throws {OptionError} (ARG) unless the positions are a permutation of 0..N-1, the step starts rise from 0 to N
 *   without an empty step, there are N x rank finite coordinates, and a window has at least 1 step.
 */
export function makePlan(parts: Plan): Plan {
  const { name, positions, stepStarts, coordinates, rank, visibility } = parts;
  const count = positions.length;
  const seen = new Uint8Array(count);
  for (const position of positions) {
    if (position < 0 || position >= count || seen[position] === 1) {
      throw new OptionError(
        `makePlan: ${name} must hold each position from 0 to ${count - 1} once, got ${position} twice or outside. ` +
          `List every position in exactly one step.`,
      );
    }
    seen[position] = 1;
  }
  assertStepStarts(name, stepStarts, count);
  assertCoordinates(`makePlan: ${name}`, coordinates, { count, rank });
  if (
    visibility.kind === 'window' &&
    !(Number.isInteger(visibility.steps) && visibility.steps > 0)
  ) {
    throw new OptionError(
      `makePlan: a window must be a whole number of steps of at least 1, got ${visibility.steps}. ` +
        `Use 'causal' to see all earlier steps.`,
    );
  }
  return { name, positions, stepStarts, coordinates, rank, visibility };
}

/**
 * Plan with one step more, for orders that depend on what was sampled (the next depth of an octree).
 * The given plan stays as it is.
 *
 * @param stepPositions `[n]` ids not yet in the plan; they may exceed the plan's length.
 * @param stepCoordinates `[n, rank]`
 * @throws {OptionError} (ARG) for an empty step, a negative, fractional or repeated id, or coordinates of another length.
 */
export function extendPlan(
  plan: Plan,
  stepPositions: ArrayLike<number>,
  stepCoordinates: ArrayLike<number>,
): Plan {
  const added = Array.from(stepPositions);
  const known = new Set(plan.positions);
  for (const position of added) {
    if (!Number.isInteger(position) || position < 0 || known.has(position)) {
      throw new OptionError(
        `extendPlan: a new position must be a whole number that ${plan.name} does not hold yet, got ${position}. ` +
          `Continue with ids from ${planLength(plan)} on.`,
      );
    }
    known.add(position);
  }
  if (added.length === 0) {
    throw new OptionError(
      `extendPlan: a step must hold at least 1 position, got 0. Stop decoding instead.`,
    );
  }
  assertCoordinates('extendPlan: the step', stepCoordinates, {
    count: added.length,
    rank: plan.rank,
  });
  return {
    ...plan,
    positions: Int32Array.from([...plan.positions, ...added]),
    stepStarts: [...plan.stepStarts, planLength(plan) + added.length],
    coordinates: Float32Array.from([...plan.coordinates, ...Array.from(stepCoordinates)]),
  };
}

/** Number of positions, N. */
export function planLength(plan: Plan): number {
  return plan.positions.length;
}

/** Number of steps, S: how often the network is evaluated. */
export function stepCount(plan: Plan): number {
  return plan.stepStarts.length - 1;
}

/**
 * Half-open range of a step in generation order, `start <= i < end`.
 *
 * @throws {OptionError} (RANGE) if the plan has no such step.
 */
export function stepRange(plan: Plan, step: number): { start: number; end: number } {
  if (!Number.isInteger(step) || step < 0 || step >= stepCount(plan)) {
    throw new OptionError(
      `stepRange: step must be a whole number from 0 to ${stepCount(plan) - 1}, got ${step}. Count steps from 0.`,
      'RANGE',
    );
  }
  return { start: plan.stepStarts[step], end: plan.stepStarts[step + 1] };
}

/** Step of every position, in generation order. `[N]` */
export function stepOfEach(plan: Plan): Int32Array {
  const steps = new Int32Array(planLength(plan));
  for (let step = 0; step < stepCount(plan); step++) {
    steps.fill(step, plan.stepStarts[step], plan.stepStarts[step + 1]);
  }
  return steps;
}

/** Coordinates of one step's positions: a view, not a copy. `[n, rank]` */
export function stepCoordinates(plan: Plan, step: number): Float32Array {
  const { start, end } = stepRange(plan, step);
  return plan.coordinates.subarray(start * plan.rank, end * plan.rank);
}

function assertStepStarts(name: string, starts: readonly number[], count: number): void {
  const rises = starts.every(
    (start, i) => Number.isInteger(start) && (i === 0 || start > starts[i - 1]),
  );
  if (starts.length < 2 || starts[0] !== 0 || starts.at(-1) !== count || !rises) {
    throw new OptionError(
      `makePlan: the step starts of ${name} must rise from 0 to ${count}, got [${starts.slice(0, 8).join(', ')}]. ` +
        `Give every step at least 1 position.`,
    );
  }
}

function assertCoordinates(
  where: string,
  coordinates: ArrayLike<number>,
  { count, rank }: { count: number; rank: number },
): void {
  const isWhole = Number.isInteger(rank) && rank > 0;
  if (!isWhole || coordinates.length !== count * rank) {
    throw new OptionError(
      `${where} must have ${count} coordinates of ${rank} numbers, got ${coordinates.length} numbers. ` +
        `Give every position a coordinate on each axis.`,
    );
  }
  if (!Array.prototype.every.call(coordinates, Number.isFinite)) {
    throw new OptionError(
      `${where} must have finite coordinates, got NaN or infinity. Replace it.`,
    );
  }
}
