import { describe, expect, it } from 'vitest';
import { bindOnce } from './bind-once.ts';

describe('bindOnce', () => {
  it('binds again only for another tree of weights', () => {
    const bound: unknown[] = [];
    const bind = bindOnce((params) => bound.push(params));
    const [first, second] = [{}, {}];

    expect([first, first, second, second, first].map(bind)).toEqual([1, 1, 2, 2, 3]);
    expect(bound).toEqual([first, second, first]);
  });
});
