import { describe, expect, it } from 'vitest';
import { RowBuffer } from './row-buffer.ts';

describe('RowBuffer', () => {
  it.each([1, 3, 1000, 5000])('keeps the last %i of many rows', (lastRows) => {
    const buffer = new RowBuffer(2, lastRows);
    for (let row = 0; row < 4000; row += 1) buffer.push([row, -row]);

    const kept = buffer.toArray();

    expect(kept).toHaveLength(2 * Math.min(lastRows, 4000));
    expect([...kept.subarray(-2)]).toEqual([3999, -3999]);
    expect(kept[0]).toBe(4000 - kept.length / 2);
  });
});
