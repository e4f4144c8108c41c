import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../errors.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { combineGuidance, guidanceScaleAt, parseGuidanceScale } from './guidance.ts';
import { softmaxRow } from './softmax.ts';

interface Fixture {
  readonly cond_logits: number[];
  readonly uncond_logits: number[];
  readonly combined: Readonly<Record<string, { logits: number[]; probs: number[] }>>;
  readonly shift_invariance: Readonly<Record<string, number[]>>;
  readonly var_form: {
    readonly t: number;
    readonly logits: number[];
    readonly equals_scale: number;
  };
  readonly schedules: Readonly<Record<string, number[]>>;
  readonly mar_masked_after_step: number[];
  readonly vector_head: Readonly<Record<'cond_v' | 'uncond_v' | 'v', number[]>> & {
    readonly scale: number;
  };
}

const fixture = readFixtureJson<Fixture>('core', 'cfg', 'combine.json');
const cond = Float64Array.from(fixture.cond_logits);
const uncond = Float64Array.from(fixture.uncond_logits);

describe('combineGuidance', () => {
  it.each(Object.entries(fixture.combined))('gives the logits of scale %s', (scale, expected) => {
    const logits = combineGuidance(cond, uncond, Number(scale));

    expectClose(logits, expected.logits);
    expectClose(softmaxRow(logits), expected.probs);
  });

  it('equals (1 + t) c - t u at scale 1 + t', () => {
    const { t, logits, equals_scale } = fixture.var_form;

    expect(equals_scale).toBe(1 + t);
    expectClose(combineGuidance(cond, uncond, 1 + t), logits);
  });

  it('combines vectors as it does logits', () => {
    const { cond_v, uncond_v, scale, v } = fixture.vector_head;

    expectClose(combineGuidance(Float64Array.from(cond_v), uncond_v, scale), v);
  });

  it('gives the same probabilities when a constant is added to one half', () => {
    const shifted = combineGuidance(
      cond.map((x) => x + 5),
      uncond,
      3,
    );

    expectClose(softmaxRow(shifted), fixture.shift_invariance['cond_plus_5_scale_3_probs']);
  });

  it('is the conditional half bit for bit at scale 1', () => {
    const c = Float32Array.of(0.1, 1e8);

    expect(combineGuidance(c, Float32Array.of(1e8, 0.3), 1)).toEqual(c);
  });

  it('writes where it is told, even over an input, and otherwise leaves the inputs', () => {
    const c = Float32Array.of(1, 2);

    expect([...combineGuidance(c, [0, 0], 2)]).toEqual([2, 4]);
    expect([...c]).toEqual([1, 2]);
    expect(combineGuidance(c, [0, 0], 2, c)).toBe(c);
    expect([...c]).toEqual([2, 4]);
  });

  it('refuses halves of different lengths', () => {
    expect(() => combineGuidance(cond, [1], 2)).toThrow(ShapeError);
  });
});

describe('guidanceScaleAt', () => {
  it('stays the same when constant', () => {
    expectScales('constant(4.0)', (step) => guidanceScaleAt('constant', 4, { step, steps: 10 }));
  });

  it('rises with the scales of VAR, from 1 to 5 for t = 4', () => {
    expectScales('var: t=s', (step) => guidanceScaleAt('linear', 5, { step, steps: 10 }));
  });

  it('rises with the revealed share of MAR', () => {
    expectScales('mar linear', (step) => {
      const masked = fixture.mar_masked_after_step[step];
      return guidanceScaleAt('masked', 4, { step, steps: 4, masked, total: 16 });
    });
  });

  it('is 1 outside a window, whose ends belong to it', () => {
    const scales = [0, 1, 2, 3, 4].map((step) =>
      guidanceScaleAt({ from: 1, to: 3 }, 7, { step, steps: 5 }),
    );

    expect(scales).toEqual([1, 7, 7, 7, 1]);
  });

  it('is the full scale when the only step is the last', () => {
    expect(guidanceScaleAt('linear', 3, { step: 0, steps: 1 })).toBe(3);
  });

  it('refuses a masked schedule without the masked count', () => {
    expect(() => guidanceScaleAt('masked', 3, { step: 0, steps: 1 })).toThrow(OptionError);
  });
});

describe('parseGuidanceScale', () => {
  it.each([0, 1, 4.5, 100])('takes %s', (scale) => {
    expect(parseGuidanceScale(scale)).toBe(scale);
  });

  it.each([NaN, 1e308, -3, 100.1, Infinity, '3', null])('refuses %s', (scale) => {
    expect(() => parseGuidanceScale(scale)).toThrow(OptionError);
  });
});

function expectScales(start: string, scaleAt: (step: number) => number): void {
  const name = Object.keys(fixture.schedules).find((key) => key.startsWith(start)) ?? '';
  const expected = fixture.schedules[name];
  expectClose(
    expected.map((_, step) => scaleAt(step)),
    expected,
  );
}

function expectClose(values: ArrayLike<number>, expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  const differences = expected.map((value, i) => Math.abs(values[i] - value));
  expect(Math.max(...differences)).toBeLessThan(1e-12);
}
