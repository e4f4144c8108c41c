import { describe, expect, it } from 'vitest';
import { describeParity } from '../testing/describe-parity.ts';
import { readFixtureJson } from '../testing/fixture-path.ts';
import { combineGuidance, guidanceScaleAt } from './guidance.ts';
import type { GuidanceSchedule } from './guidance.ts';
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

const source = { modality: 'core', system: 'cfg', file: 'combine.json' };

describeParity('guidance', source, () => {
  const fixture = readFixtureJson<Fixture>('core', 'cfg', source.file);
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
      const moved = cond.map((x) => x + 5);
      const probabilities = softmaxRow(combineGuidance(moved, uncond, 3));

      expectClose(probabilities, fixture.shift_invariance['cond_plus_5_scale_3_probs']);
    });
  });

  describe('guidanceScaleAt', () => {
    it.each<[string, GuidanceSchedule, number]>([
      ['constant(4.0)', 'constant', 4],
      ['var: t=s', 'linear', 5],
      ['mar linear', 'masked', 4],
    ])('gives the table of "%s…"', (start, schedule, scale) => {
      const name = Object.keys(fixture.schedules).find((key) => key.startsWith(start)) ?? '';
      const expected = fixture.schedules[name];
      const masked = fixture.mar_masked_after_step;
      // All positions are masked before the first step, which the stored cosine of 4 steps says are 16.
      const scales = expected.map((_, step) =>
        guidanceScaleAt(schedule, scale, {
          step,
          steps: expected.length,
          masked: masked[step],
          total: 16,
        }),
      );

      expectClose(scales, expected);
    });
  });
});

function expectClose(values: ArrayLike<number>, expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  const differences = expected.map((value, i) => Math.abs(values[i] - value));
  expect(Math.max(...differences)).toBeLessThan(1e-12);
}
