import { describe, expect, it } from 'vitest';
import { makePlan } from '../plan/plan.ts';
import type { Visibility } from '../plan/plan.ts';
import { visibleSlots } from './visible-range.ts';

describe('visibleSlots', () => {
  it.each<[Visibility, number[]]>([
    [{ kind: 'causal' }, [1, 3, 6]],
    [{ kind: 'markov' }, [1, 3, 5]],
    [{ kind: 'window', steps: 2 }, [1, 3, 6]],
    [{ kind: 'previous-and-self' }, [1, 3, 6]],
  ])('counts with %j what steps of 1, 2 and 3 positions see', (visibility, counts) => {
    const positions = Int32Array.from({ length: 6 }, (_, index) => index);
    const coordinates = Float32Array.from(positions);
    const plan = makePlan({
      name: 'three',
      positions,
      stepStarts: [0, 1, 3, 6],
      coordinates,
      rank: 1,
      visibility,
    });

    expect(counts.map((_, step) => visibleSlots(plan, step))).toEqual(counts);
  });
});
