import { describe, expect, it } from 'vitest';
import { publishedErrors } from './published-errors.ts';

const average = (values: readonly (number | undefined)[]) =>
  values.reduce<number>((sum, value) => sum + (value ?? NaN) / values.length, 0);

describe('publishedErrors', () => {
  // The averages that the papers print beside the four horizons.
  it.each([
    ['AutoTimes on LLaMA-7B, one model for all horizons', '672', 0.389, 0.422],
    ['GPHT, fine-tuned', '336', 0.403, 0.412],
    ['GPHT, pretrained only', '336', 0.428, 0.421],
    ['iTransformer', '96', 0.454, 0.447],
    ['iTransformer', '336', 0.474, 0.468],
    ['S-Mamba', '96', 0.455, 0.45],
    ['DLinear', '336', 0.423, 0.437],
    ['DLinear', '96', 0.456, 0.452],
    ['NLinear', '336', 0.413, 0.422],
    ['PatchTST/64', '512', 0.413, 0.434],
    ['Autoformer', '96', 0.496, 0.487],
    ['Time-MoE base, 50 M, zero-shot', '512 to 3072', 0.4, 0.424],
  ])('averages to the printed figures of %s at %s on ETTh1', (label, lookBack, mse, mae) => {
    const [row, ...others] = publishedErrors.filter(
      (one) => one.set === 'ETTh1' && one.label === label && one.lookBack === lookBack,
    );

    expect(others).toEqual([]);
    // Four figures of three decimals each.
    expect(Math.abs(average(row.mse) - mse)).toBeLessThan(0.0011);
    expect(Math.abs(average(row.mae ?? []) - mae)).toBeLessThan(0.0011);
  });
});
