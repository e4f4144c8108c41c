import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../errors.ts';
import { assertFits, MemoryPlan } from './memory-plan.ts';

describe('MemoryPlan', () => {
  it('lays regions at multiples of 256 bytes, counted in fours', () => {
    const plan = new MemoryPlan(Infinity);

    expect(plan.words('a', 3)).toEqual({ buffer: 0, at: 0 });
    expect(plan.words('b', 65)).toEqual({ buffer: 0, at: 16 });
    expect(plan.sizes).toEqual([256 + 512]);
  });

  it('begins another buffer where a group no longer fits in one binding', () => {
    const plan = new MemoryPlan(1024);
    plan.words('a', 128);

    const places = plan.group('b', [256, 512]);

    expect(places).toEqual([
      { buffer: 1, at: 0 },
      { buffer: 1, at: 16 },
    ]);
    expect(plan.sizes).toEqual([512, 768]);
  });
});

describe('assertFits', () => {
  const plan = new MemoryPlan(1024);
  plan.words('small', 64);
  plan.words('large', 256);

  it('takes what fits exactly', () => {
    expect(() => assertFits([plan], { total: 1280, binding: 1024 })).not.toThrow();
  });

  it.each([[{ total: 1279, binding: 1024 }], [{ total: 5000, binding: 1000 }]])(
    'names the largest region where only %j are there',
    (allowed) => {
      expect(() => assertFits([plan], allowed)).toThrow(ResourceError);
      expect(() => assertFits([plan], allowed)).toThrow(/of which large 1 KiB/);
    },
  );
});
