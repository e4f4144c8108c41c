import { OptionError } from '../errors.ts';

/** Share of positions still masked when a share r of the steps is done: the name of a curve g with g(0) = 1, g(1) = 0. */
export type RevealSchedule = 'cosine' | 'linear' | 'square' | 'arccos';

/** A masked order's length and pace. */
export interface RevealOptions {
  /** Positions, N. */
  readonly count: number;
  /** Steps, 1 to N. */
  readonly steps: number;
  /** Curve of the share still masked. @defaultValue 'cosine' */
  readonly schedule?: RevealSchedule;
}

const CURVES: Readonly<Record<RevealSchedule, (r: number) => number>> = {
  cosine: (r) => Math.cos((Math.PI * r) / 2),
  linear: (r) => 1 - r,
  square: (r) => 1 - r * r,
  arccos: (r) => Math.acos(r) / (Math.PI / 2),
};

/**
 * How many positions each step of a masked order reveals (Chang et al. 2022, MaskGIT, section 3.3): after step i of
 * T, floor(N g((i + 1) / T)) stay masked, at most one less than before, at least one until the last step.
 *
 * @returns T numbers of at least 1 that sum to N.
 * @throws {OptionError} (ARG) unless 1 <= steps <= count, both whole numbers, and the schedule is known.
 */
export function revealCounts({ count, steps, schedule = 'cosine' }: RevealOptions): number[] {
  if (!Number.isInteger(count) || !Number.isInteger(steps) || steps < 1 || steps > count) {
    throw new OptionError(
      `revealCounts: steps must be a whole number from 1 to the number of positions, got ${steps} steps for ` +
        `${count} positions. Use fewer steps.`,
    );
  }
  if (!Object.hasOwn(CURVES, schedule)) {
    throw new OptionError(
      `revealCounts: schedule must be one of ${Object.keys(CURVES).join(', ')}, got ${schedule}. Name one of them.`,
    );
  }
  const counts: number[] = [];
  let masked = count;
  for (let step = 1; step <= steps; step++) {
    // Rounding must not push an exact whole number below itself.
    const wanted = Math.floor(count * CURVES[schedule](step / steps) + 1e-9);
    const left = step === steps ? 0 : Math.max(1, Math.min(wanted, masked - 1));
    counts.push(masked - left);
    masked = left;
  }
  return counts;
}
