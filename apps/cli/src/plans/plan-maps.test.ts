import { makePlan, nearToFar, nextFrame, nextScale, raster } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { planMaps } from './plan-maps.ts';

describe('planMaps', () => {
  it('lays a grid out as one map without a label', () => {
    const { maps, factor, hidden } = planMaps(nearToFar({ sides: [2, 3] }));

    expect(maps).toEqual([{ rows: 2, columns: 3, steps: Int32Array.of(0, 1, 2, 1, 2, 3) }]);
    expect([factor, hidden]).toEqual([1, 0]);
  });

  it('gives each scale a map of its own, as they fill the same cells', () => {
    const { maps } = planMaps(nextScale([1, 2]));

    expect(maps).toEqual([
      { label: 'step 0', rows: 1, columns: 1, steps: Int32Array.of(0) },
      { label: 'step 1', rows: 2, columns: 2, steps: Int32Array.of(1, 1, 1, 1) },
    ]);
  });

  it('gives each slice of three axes a map', () => {
    const { maps } = planMaps(nextFrame({ frames: 2, sides: [1, 2] }));

    expect(maps.map(({ label, steps }) => [label, ...steps])).toEqual([
      ['slice 0', 0, 0],
      ['slice 1', 1, 1],
    ]);
  });

  it('wraps a sequence, and leaves cells without a position empty', () => {
    const [{ rows, columns, steps }] = planMaps(raster({ sides: [9] })).maps;

    expect([rows, columns]).toEqual([2, 8]);
    expect([...steps.subarray(7)]).toEqual([7, 8, -1, -1, -1, -1, -1, -1, -1]);
  });

  it('wraps coordinates that are no cells by their positions', () => {
    const plan = { ...raster({ sides: [1, 2] }), coordinates: Float32Array.of(0.5, 0, 1.5, 0) };

    const [{ rows, columns, steps }] = planMaps(makePlan(plan)).maps;

    expect([rows, columns, ...steps]).toEqual([1, 2, 0, 1]);
  });

  it('takes four positions for a cell where there are more than 4096 of them, and the earliest step', () => {
    const { maps, factor } = planMaps(raster({ sides: [128, 128] }));

    expect(factor).toBe(2);
    expect([...maps[0].steps.subarray(0, 65)].slice(-2)).toEqual([126, 256]);
  });

  it('shows 48 maps at most and says how many it hides', () => {
    const { maps, hidden } = planMaps(nextFrame({ frames: 50, sides: [1, 1] }));

    expect([maps.length, hidden]).toEqual([48, 2]);
  });
});
