import { ShapeError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { labelAccuracy, renderLabelAccuracy } from './label-accuracy.ts';

const labelNames = ['bag', 'shirt', 'coat'];

describe('labelAccuracy', () => {
  const table = labelAccuracy(labelNames, { asked: [0, 0, 1, 1], seen: [0, 0, 1, 2] });

  it('counts over all and for each class, with the most common mistake', () => {
    expect(table.accuracy).toBe(0.75);
    expect(table.classes[1]).toEqual({
      name: 'shirt',
      count: 2,
      accuracy: 0.5,
      mistakenFor: 'coat',
    });
    expect(table.classes[2].accuracy).toBeNaN();
  });

  it('is rendered without the classes that nobody asked for', () => {
    expect(renderLabelAccuracy(table).split('\n')).toEqual([
      'bag         2  100.0 %',
      'shirt       2   50.0 %  (else coat)',
      'all         4   75.0 %',
    ]);
  });

  it('refuses lists of unequal length', () => {
    expect(() => labelAccuracy(labelNames, { asked: [0], seen: [] })).toThrow(ShapeError);
  });
});
