import {
  abs,
  add,
  asinh,
  cast,
  div,
  isNaN as isMissing,
  logicalNot,
  maximum,
  mul,
  sinh,
  sub,
  sum,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { RowScaling } from './row-scaling.ts';

/** Of the level: a row whose deviation is smaller counts as constant. */
const leastShare = 1e-6;
/** Above zero for a row of zeros, and far from where squares of float32 vanish. */
const least = 1e-12;

/**
 * `asinh((x - mean) / mean absolute deviation)` over the values that are there, NaN where none is: spikes of any size
 * become numbers of one size, and quantiles stay quantiles (Ansari et al. 2025, Chronos-2, section 3.1, has the same with the
 * standard deviation, whose squares overflow from 1e19 on). A row without any value has the level 0.
 */
export const robustScaling: RowScaling = {
  statistics: (rows) =>
    tidy(() => {
      const isThere = logicalNot(isMissing(rows));
      const count = maximum(sum(cast(isThere, 'float32'), 1, true), 1);
      // Divided before they are added, so that the sum stays in range.
      const meanOf = (values: Tensor2D): Tensor2D =>
        sum(div(where(isThere, values, zerosLike(rows)), count), 1, true);
      const center = meanOf(rows);
      const deviation = meanOf(abs(sub(rows, center)));
      const floor = add(mul(abs(center), leastShare), least);
      return { mean: center, deviation: maximum(deviation, floor) };
    }),
  normalize: (rows, { mean, deviation }) => tidy(() => asinh(div(sub(rows, mean), deviation))),
  denormalize: (rows, { mean, deviation }) => tidy(() => add(mul(sinh(rows), deviation), mean)),
};
