import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepMask, visibleMask } from './attention-mask.ts';
import { nextScale } from './next-scale.ts';
import { stepCount, stepRange } from './plan.ts';
import type { Plan, Visibility } from './plan.ts';

describe('visibleMask', () => {
  it('shows one step back when markov', () => {
    const mask = visibleMask(planOf([1, 2, 1], { kind: 'markov' }));

    expect(rows(mask)).toEqual([
      [1, 0, 0, 0],
      [1, 1, 1, 0],
      [1, 1, 1, 0],
      [0, 1, 1, 1],
    ]);
  });

  it('shows as many steps back as the window has', () => {
    const mask = visibleMask(planOf([1, 1, 1, 1], { kind: 'window', steps: 2 }));

    expect(rows(mask)).toEqual([
      [1, 0, 0, 0],
      [1, 1, 0, 0],
      [1, 1, 1, 0],
      [0, 1, 1, 1],
    ]);
  });

  it('shows everything when full', () => {
    expect(visibleMask(planOf([1, 2], { kind: 'full' })).every((seen) => seen === 1)).toBe(true);
  });

  it('lets all positions see a prefix, which sees itself only', () => {
    const plan = planOf([1, 1], { kind: 'markov' });

    expect(rows(visibleMask(plan, { prefix: 2 }))).toEqual([
      [1, 1, 0, 0],
      [1, 1, 0, 0],
      [1, 1, 1, 0],
      [1, 1, 1, 1],
    ]);
    expect(rows(visibleMask(plan, { prefix: 2, prefixVisibility: 'causal' }))[0]).toEqual([
      1, 0, 0, 0,
    ]);
  });

  it('always shows a position itself', () => {
    fc.assert(
      fc.property(anyPlan('causal', 'markov', 'window', 'full', 'previous-and-self'), (plan) => {
        expect(rows(visibleMask(plan)).every((row, i) => row[i] === 1)).toBe(true);
      }),
    );
  });

  it('is transitive unless it looks back a bounded number of steps', () => {
    fc.assert(
      fc.property(anyPlan('causal', 'full', 'previous-and-self'), (plan) => {
        expect(isTransitive(rows(visibleMask(plan)))).toBe(true);
      }),
    );
    expect(isTransitive(rows(visibleMask(planOf([1, 1, 1], { kind: 'markov' }))))).toBe(false);
  });
});

describe('stepMask', () => {
  it('is the rows of the step up to its end, null where all is visible', () => {
    fc.assert(
      fc.property(anyPlan('causal', 'markov', 'window', 'full', 'previous-and-self'), (plan) => {
        const prefix = 2;
        const full = rows(visibleMask(plan, { prefix }));
        for (let step = 0; step < stepCount(plan); step++) {
          const { start, end } = stepRange(plan, step);
          const part = full
            .slice(prefix + start, prefix + end)
            .flatMap((row) => row.slice(0, prefix + end));
          const mask = stepMask(plan, step, { prefix });
          expect(mask === null ? null : [...mask]).toEqual(part.includes(0) ? part : null);
        }
      }),
    );
  });

  it('is null at every step of a causal plan', () => {
    const plan = nextScale([1, 2, 3]);

    expect([0, 1, 2].map((step) => stepMask(plan, step))).toEqual([null, null, null]);
  });
});

function planOf(counts: readonly number[], visibility: Visibility): Plan {
  const stepStarts = counts.reduce((starts, n) => [...starts, (starts.at(-1) ?? 0) + n], [0]);
  const count = stepStarts[counts.length];
  const positions = Int32Array.from({ length: count }, (_, i) => i);
  return {
    name: 'test',
    positions,
    stepStarts,
    coordinates: Float32Array.from(positions),
    rank: 1,
    visibility,
  };
}

function anyPlan(...kinds: Visibility['kind'][]): fc.Arbitrary<Plan> {
  const counts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
  return fc
    .tuple(counts, fc.constantFrom(...kinds), fc.integer({ min: 1, max: 3 }))
    .map(([n, kind, steps]) => planOf(n, kind === 'window' ? { kind, steps } : { kind }));
}

function rows(mask: Uint8Array): number[][] {
  const size = Math.sqrt(mask.length);
  return Array.from({ length: size }, (_, q) => [...mask.subarray(q * size, (q + 1) * size)]);
}

function isTransitive(mask: readonly number[][]): boolean {
  return mask.every((row) =>
    row.every((seen, b) => seen === 0 || mask[b].every((next, c) => next === 0 || row[c] === 1)),
  );
}
