import { describe, expect, it } from 'vitest';
import { describePlan } from './describe-plan.ts';
import { raster } from './raster.ts';

describe('describePlan', () => {
  it('names the size of a window', () => {
    const plan = { ...raster({ sides: [1] }), visibility: { kind: 'window', steps: 3 } as const };

    expect(describePlan(plan)).toBe('raster: 1 positions in 1 steps, window 3\n0 | 1 | 0 | (0)');
  });
});
