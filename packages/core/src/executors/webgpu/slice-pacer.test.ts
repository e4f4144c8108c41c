import { describe, expect, it } from 'vitest';
import { SlicePacer } from './slice-pacer.ts';

describe('SlicePacer', () => {
  it('starts with one step and doubles up to 64 where steps cost nothing', () => {
    const pacer = new SlicePacer(undefined);

    expect(Array.from({ length: 8 }, () => pacer.take())).toEqual([1, 2, 4, 8, 16, 32, 64, 64]);
  });

  it('takes as many steps as 8 ms have room for', () => {
    const pacer = new SlicePacer(undefined);
    pacer.note(10, 20);

    expect(Array.from({ length: 4 }, () => pacer.take())).toEqual([1, 2, 4, 4]);
  });

  it('takes one step at a time where a step takes longer', () => {
    const pacer = new SlicePacer(undefined);
    pacer.note(1, 50);

    expect([pacer.take(), pacer.take(), pacer.take()]).toEqual([1, 1, 1]);
  });

  it('takes what it is told', () => {
    const pacer = new SlicePacer(3);
    pacer.note(1, 50);

    expect([pacer.take(), pacer.take()]).toEqual([3, 3]);
  });
});
