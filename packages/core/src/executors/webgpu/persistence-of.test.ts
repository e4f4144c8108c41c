import { describe, expect, it } from 'vitest';
import { openNullDevice } from './gpu.test-support.ts';
import { persistenceOf } from './persistence-of.ts';

describe('persistenceOf', () => {
  const deviceOf = async (info: object, features: readonly string[] = []) => {
    const own = await openNullDevice();
    const device = { limits: own.limits, features: new Set(features), adapterInfo: info };
    return new Proxy(own, {
      get: (target, name): unknown =>
        Reflect.get(device, name) ?? Reflect.get(target, name, target),
    });
  };

  it.each([
    ['nvidia', 768, 128],
    ['nvidia', 256, 64],
    ['apple', 768, undefined],
  ])('takes by itself on %s, for rows of %i: %s workgroups', async (vendor, width, workgroups) => {
    const device = await deviceOf({ vendor });

    expect(persistenceOf({ device }, width)?.workgroups).toBe(workgroups);
  });

  it('does as it is told', async () => {
    const device = await deviceOf({ vendor: 'nvidia' });
    const other = await deviceOf({ vendor: 'amd' });

    expect(persistenceOf({ device, persistentWorkgroups: 0 }, 768)).toBeUndefined();
    expect(persistenceOf({ device: other, persistentWorkgroups: 24 }, 768)?.workgroups).toBe(24);
  });

  it('counts on subgroups only where all have one size', async () => {
    const sizes = { subgroupMinSize: 32, subgroupMaxSize: 32 };
    const even = await deviceOf({ vendor: 'nvidia', ...sizes }, ['subgroups']);
    const unasked = await deviceOf({ vendor: 'nvidia', ...sizes });
    const uneven = await deviceOf({ vendor: 'nvidia', ...sizes, subgroupMinSize: 16 }, [
      'subgroups',
    ]);

    const found = [even, unasked, uneven].map((device) => persistenceOf({ device }, 768)?.subgroup);

    expect(found).toEqual([32, 1, 1]);
  });
});
