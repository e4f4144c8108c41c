import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { nearToFar } from './near-to-far.ts';
import { nextBlock } from './next-block.ts';
import { nextFrame } from './next-frame.ts';
import { nextRow } from './next-row.ts';
import { nextScale } from './next-scale.ts';
import {
  extendPlan,
  makePlan,
  planLength,
  stepCoordinates,
  stepCount,
  stepOfEach,
  stepRange,
} from './plan.ts';
import type { Plan } from './plan.ts';
import { randomOrder } from './random-order.ts';
import { raster } from './raster.ts';

const side = fc.integer({ min: 1, max: 5 });
const anyPlan: fc.Arbitrary<Plan> = fc.oneof(
  fc.array(side, { minLength: 1, maxLength: 3 }).map((sides) => raster({ sides })),
  fc.uniqueArray(side, { minLength: 1 }).map((sides) => nextScale(sides.toSorted((a, b) => a - b))),
  fc.array(side, { minLength: 2, maxLength: 3 }).map((sides) => nearToFar({ sides })),
  fc.tuple(side, side).map((sides) => nextRow({ sides })),
  fc.tuple(side, side, side).map(([frames, h, w]) => nextFrame({ frames, sides: [h, w] })),
  fc
    .array(fc.tuple(side, side), { minLength: 1, maxLength: 3 })
    .map((axes) => nextBlock({ sides: axes.map(([n, b]) => n * b), block: axes.map((a) => a[1]) })),
  fc
    .tuple(side, side, fc.nat())
    .map(([h, w, seed]) => randomOrder({ sides: [h, w], steps: Math.min(h, w), key: [seed, 0] })),
);

const twoSteps: Plan = {
  name: 'two-steps',
  positions: Int32Array.of(2, 0, 1),
  stepStarts: [0, 1, 3],
  coordinates: Float32Array.of(2, 0, 1),
  rank: 1,
  visibility: { kind: 'causal' },
};

describe('every plan', () => {
  it('holds every position in exactly one step, none empty', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const sorted = [...plan.positions].toSorted((a, b) => a - b);
        const distinctSteps = new Set(stepOfEach(plan)).size;

        expect(sorted).toEqual(Array.from({ length: planLength(plan) }, (_, i) => i));
        expect(distinctSteps).toBe(stepCount(plan));
        expect(plan.stepStarts.at(-1)).toBe(planLength(plan));
        expect(plan.coordinates).toHaveLength(planLength(plan) * plan.rank);
      }),
    );
  });

  it('gives no two positions of a step the same coordinate', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        for (let step = 0; step < stepCount(plan); step++) {
          const { start, end } = stepRange(plan, step);
          const rows = rowsOf(stepCoordinates(plan, step), plan.rank);
          expect(new Set(rows).size).toBe(end - start);
        }
      }),
    );
  });
});

describe('makePlan', () => {
  it('keeps what it was given', () => {
    expect(makePlan(twoSteps)).toEqual(twoSteps);
  });

  it.each<[string, Partial<Plan>]>([
    ['a position twice', { positions: Int32Array.of(0, 1, 1) }],
    ['a position outside', { positions: Int32Array.of(0, 1, 3) }],
    ['a negative position', { positions: Int32Array.of(0, 1, -1) }],
    ['an empty step', { stepStarts: [0, 1, 1, 3] }],
    ['a missing end', { stepStarts: [0, 1] }],
    ['no step', { stepStarts: [], positions: new Int32Array(), coordinates: new Float32Array() }],
    ['too few coordinates', { coordinates: Float32Array.of(0, 1) }],
    ['a coordinate that is NaN', { coordinates: Float32Array.of(0, 1, NaN) }],
    ['a fractional rank', { rank: 1.5 }],
    ['a window of no steps', { visibility: { kind: 'window', steps: 0 } }],
  ])('refuses %s', (_, change) => {
    expect(() => makePlan({ ...twoSteps, ...change })).toThrow(OptionError);
  });
});

describe('extendPlan', () => {
  it('adds one step whose ids follow from what was sampled', () => {
    const extended = extendPlan(twoSteps, [7, 4], [0.5, 1.5]);

    expect([...extended.positions]).toEqual([2, 0, 1, 7, 4]);
    expect(extended.stepStarts).toEqual([0, 1, 3, 5]);
    expect([...stepCoordinates(extended, 2)]).toEqual([0.5, 1.5]);
    expect(twoSteps.stepStarts).toEqual([0, 1, 3]);
  });

  it.each([
    [[], []],
    [[2], [0]],
    [
      [5, 5],
      [0, 0],
    ],
    [[-1], [0]],
    [[3.5], [0]],
    [[3], [0, 0]],
    [[3], [Infinity]],
  ])('refuses the positions %j with the coordinates %j', (positions, coordinates) => {
    expect(() => extendPlan(twoSteps, positions, coordinates)).toThrow(OptionError);
  });
});

describe('stepRange', () => {
  it('is half open', () => {
    expect(stepRange(twoSteps, 1)).toEqual({ start: 1, end: 3 });
  });

  it.each([-1, 2, 0.5])('refuses step %s of two', (step) => {
    expect(() => stepRange(twoSteps, step)).toThrow(/from 0 to 1, got/);
  });
});

describe('stepOfEach', () => {
  it('repeats each step for its positions', () => {
    expect([...stepOfEach(twoSteps)]).toEqual([0, 1, 1]);
  });
});

function rowsOf(values: Float32Array, rank: number): string[] {
  return Array.from({ length: values.length / rank }, (_, i) =>
    values.subarray(i * rank, (i + 1) * rank).join(),
  );
}
