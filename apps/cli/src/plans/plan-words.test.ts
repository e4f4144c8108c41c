import { describePlan, OptionError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../terminal/usage-error.ts';
import { planOfWords } from './plan-words.ts';

describe('planOfWords', () => {
  it.each([
    ['raster:2x3', 'raster: 6 positions in 6 steps, causal'],
    ['raster:5', 'raster: 5 positions in 5 steps, causal'],
    ['next-row:2x3', 'next-row: 6 positions in 2 steps, causal'],
    ['next-scale:1,2,4', 'next-scale: 21 positions in 3 steps, causal'],
    ['near-to-far:3x4', 'near-to-far: 12 positions in 6 steps, causal'],
    ['next-block:4x4/2x2', 'next-block: 16 positions in 4 steps, causal'],
    ['next-frame:3x2x2', 'next-frame: 12 positions in 3 steps, causal'],
    ['random-order:4x4/6', 'random-order: 16 positions in 6 steps, full'],
  ])('reads %s', (words, head) => {
    expect(describePlan(planOfWords(words)).split('\n')[0]).toBe(head);
  });

  it.each([
    ['rasetr:4x4', /must be one of raster, .* Did you mean raster\?/],
    ['raster', /must be written like raster:16x16, got "raster"/],
    ['raster:4xa', /written like raster:16x16/],
    ['raster:4x4/2', /written like raster:16x16/],
    ['raster:4:4', /written like raster:16x16/],
    ['next-row:4', /written like next-row:8x8/],
    ['next-frame:4x4', /written like next-frame:4x8x8/],
    ['next-block:4x4', /written like next-block:8x8\/2x2/],
    ['random-order:8x8', /written like random-order:8x8\/6/],
    ['', /must be one of/],
  ])('refuses %j with the form', (words, message) => {
    expect(() => planOfWords(words)).toThrow(UsageError);
    expect(() => planOfWords(words)).toThrow(message);
  });

  it.each(['raster:0x4', 'raster:99999x99999', 'next-scale:2,1', 'next-block:4x4/3x3'])(
    'leaves the sizes of %s to the plan, which refuses them',
    (words) => {
      expect(() => planOfWords(words)).toThrow(OptionError);
    },
  );
});
