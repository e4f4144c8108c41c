import { describe, expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { skipCausalMask, visibleMask } from './attention-mask.ts';
import { nearToFar } from './near-to-far.ts';
import { nextBlock } from './next-block.ts';
import { nextRow } from './next-row.ts';
import { nextScale } from './next-scale.ts';
import { makePlan, planLength, stepOfEach } from './plan.ts';
import type { Plan } from './plan.ts';
import { raster } from './raster.ts';

interface Table {
  readonly steps: number[];
  readonly coords?: number[][];
  readonly mask?: number[][];
}
interface Fixture {
  readonly plans: Readonly<Record<string, Table>>;
  readonly var_256_patch_nums: number[];
  readonly var_256_tokens: number;
  readonly var_256_step_starts: number[];
}

const source = { modality: 'core', system: 'masks', file: 'block_causal.json' };

describeParity('plans and masks', source, () => {
  const fixture = readFixtureJson<Fixture>('core', 'masks', source.file);
  const plans = Object.entries(fixture.plans).flatMap(([name, table]) => {
    const plan = planNamed(name, table);
    return plan === undefined ? [] : [{ name, table, plan }];
  });

  it('knows every plan of the tables', () => {
    const known = [...plans.map(({ name }) => name), 'skip_causal_3_blocks_of_2'];

    expect(known.toSorted()).toEqual(Object.keys(fixture.plans).toSorted());
  });

  it.each(plans)('gives every position the step of $name', ({ table, plan }) => {
    const steps: number[] = [];
    for (const [i, step] of stepOfEach(plan).entries()) steps[plan.positions[i]] = step;

    expect(steps).toEqual(table.steps);
  });

  it.each(plans.filter(({ table }) => table.coords !== undefined))(
    'gives every position the coordinates of $name',
    ({ table: { coords = [] }, plan }) => {
      expect([...plan.coordinates]).toEqual(coords.flat());
    },
  );

  it.each(plans.filter(({ table }) => table.mask !== undefined))(
    'shows what the mask of $name shows',
    ({ table: { mask = [] }, plan }) => {
      // The tables are in order of position ids, masks in order of generation.
      const { positions } = plan;
      const expected = [...positions].map((q) => [...positions].map((k) => mask[q][k]));

      expect(rows(visibleMask(plan))).toEqual(expected);
    },
  );

  it('counts the tokens of VAR at 256 pixels', () => {
    const plan = nextScale(fixture.var_256_patch_nums);

    expect(planLength(plan)).toBe(fixture.var_256_tokens);
    expect(plan.stepStarts.slice(0, -1)).toEqual(fixture.var_256_step_starts);
  });

  describe('skipCausalMask', () => {
    it('equals the table of three blocks of two', () => {
      const mask = skipCausalMask(nextBlock({ sides: [6], block: [2] }));

      expect(rows(mask)).toEqual(fixture.plans['skip_causal_3_blocks_of_2'].mask);
    });
  });
});

/** The plan of a table, whose name holds the sizes: `near_to_far_3d_2x3x3`. */
function planNamed(name: string, { steps }: Table): Plan | undefined {
  if (name === 'previous_blocks_plus_self') return previousAndSelf(steps);
  const [, kind, sizes] = /^(var|raster|next_row|near_to_far)(?:_3d)?_([\d_x]+)$/.exec(name) ?? [];
  const sides = sizes?.split(/[_x]/).map(Number);
  if (sides === undefined) return undefined;
  if (kind === 'var') return nextScale(sides);
  if (kind === 'raster') return raster({ sides });
  if (kind === 'near_to_far') return nearToFar({ sides });
  return nextRow({ sides: [sides[0], sides[1]] });
}

function previousAndSelf(steps: readonly number[]): Plan {
  const starts = [...steps.keys()].filter((i) => steps[i] !== steps[i - 1]);
  return makePlan({
    name: 'previous and self',
    positions: Int32Array.from(steps.keys()),
    stepStarts: [...starts, steps.length],
    coordinates: Float32Array.from(steps.keys()),
    rank: 1,
    visibility: { kind: 'previous-and-self' },
  });
}

function rows(mask: Uint8Array): number[][] {
  const size = Math.sqrt(mask.length);
  return Array.from({ length: size }, (_, q) => [...mask.subarray(q * size, (q + 1) * size)]);
}
