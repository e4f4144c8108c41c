import { describe, expect, it } from 'vitest';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { nextRow } from './next-row.ts';
import { stepOfEach } from './plan.ts';

describe('nextRow', () => {
  it('numbers the rows of 3 x 4 as the table does', () => {
    const { plans } = readFixtureJson<{ plans: { next_row_3x4: { steps: number[] } } }>(
      'core',
      'masks',
      'block_causal.json',
    );

    expect([...stepOfEach(nextRow({ sides: [3, 4] }))]).toEqual(plans.next_row_3x4.steps);
  });
});
