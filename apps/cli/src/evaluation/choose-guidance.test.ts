import { describe, expect, it } from 'vitest';
import { clearestScale, nearestScale } from './choose-guidance.ts';

const counts = { count: 10, realCount: 10 };

describe('nearestScale', () => {
  it('takes the scale of the smallest distance in pixels', () => {
    const scores = [
      { guidance: 1, ...counts, frechetPca64: 2, frechetJudge: 1 },
      { guidance: 1.5, ...counts, frechetPca64: 1, frechetJudge: 5 },
      { guidance: 2, ...counts, frechetPca64: 3, frechetJudge: 0 },
    ];

    expect(nearestScale(scores)).toBe(1.5);
  });

  it('takes the judge where the pixels say nothing', () => {
    const scores = [
      { guidance: 1, ...counts, frechetJudge: 4 },
      { guidance: 2, ...counts, frechetJudge: 3 },
    ];

    expect(nearestScale(scores)).toBe(2);
  });

  it('says nothing without distances', () => {
    expect(nearestScale([])).toBeUndefined();
    expect(nearestScale([{ guidance: 3, ...counts }])).toBeUndefined();
  });
});

describe('clearestScale', () => {
  it('takes the scale of the highest accuracy, the first of equals', () => {
    const scores = [
      { guidance: 1, ...counts, accuracy: 0.7 },
      { guidance: 2, ...counts, accuracy: 0.9 },
      { guidance: 3, ...counts, accuracy: 0.9 },
    ];

    expect(clearestScale(scores)).toBe(2);
    expect(clearestScale([{ guidance: 3, ...counts }])).toBeUndefined();
  });
});
