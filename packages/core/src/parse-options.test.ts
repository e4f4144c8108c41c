import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { OptionError } from './errors.ts';
import { parseOptions } from './parse-options.ts';

const schema = z.strictObject({
  depth: z._default(z.int().check(z.positive()), 16),
  sides: z._default(z.array(z.int().check(z.positive())), [1, 2, 3]),
});

describe('parseOptions', () => {
  it('fills in defaults', () => {
    expect(parseOptions('var', schema, { depth: 4 })).toEqual({ depth: 4, sides: [1, 2, 3] });
  });

  it.each([
    [{ depth: '4' }, 'var: depth: expected number, received string, got "4".'],
    [{ depth: 1.5 }, 'depth: expected int, received number, got 1.5'],
    [{ depth: Number.NaN }, 'depth: expected number, received NaN, got NaN'],
    [{ sides: [1, -2] }, 'sides[1]: Too small: expected number to be >0, got -2'],
    [{ width: 3 }, 'has unknown keys "width"'],
    ['deep', 'expected object, received string, got "deep"'],
  ])('refuses %j naming path, expectation and what came', (value, message) => {
    expect(() => parseOptions('var', schema, value)).toThrow(OptionError);
    expect(() => parseOptions('var', schema, value)).toThrow(message);
  });

  it('reports every problem at once', () => {
    const act = () => parseOptions('var', schema, { depth: 0, sides: 'all' });

    expect(act).toThrow(/depth: .*; sides: /);
  });

  it('carries the code it is told', () => {
    const act = () => parseOptions('config.json', schema, { depth: 0 }, 'CONFIG');

    expect(act).toThrow(expect.objectContaining({ code: 'CONFIG' }));
  });
});
