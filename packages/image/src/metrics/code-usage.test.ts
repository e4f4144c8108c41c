import { OptionError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { codeUsage } from './code-usage.ts';

describe('codeUsage', () => {
  it('has the perplexity of two equally used codes', () => {
    const { used, perplexity } = codeUsage([0, 3, 0, 3], 8);

    expect(used).toBe(0.25);
    expect(perplexity).toBeCloseTo(2, 12);
  });

  it('refuses ids outside the codebook', () => {
    expect(() => codeUsage([8], 8)).toThrow(OptionError);
    expect(() => codeUsage([], 8)).toThrow(OptionError);
  });
});
