import { describe, expect, it } from 'vitest';
import { ShapeError } from './errors.ts';
import { assertShape, sizeOfShape } from './shape.ts';

describe('assertShape', () => {
  it('takes any extent for null', () => {
    expect(() => assertShape('here', { shape: [2, 3] }, [null, 3])).not.toThrow();
    expect(() => assertShape('here', { shape: [] }, [])).not.toThrow();
  });

  it.each([[[2]], [[2, 4]], [[2, 3, 1]]])('refuses the shape %j for [*, 3]', (shape) => {
    expect(() => assertShape('linear: x', { shape }, [null, 3])).toThrow(ShapeError);
    expect(() => assertShape('linear: x', { shape }, [null, 3])).toThrow(
      `linear: x: must have shape [*, 3], got [${shape.join(', ')}]`,
    );
  });
});

describe('sizeOfShape', () => {
  it('multiplies the extents, 1 for a scalar', () => {
    expect(sizeOfShape([2, 3, 4])).toBe(24);
    expect(sizeOfShape([])).toBe(1);
    expect(sizeOfShape([5, 0])).toBe(0);
  });
});
