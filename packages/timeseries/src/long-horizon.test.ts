import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { repeatLast } from './baselines/repeat-last.ts';
import { benchmark } from './data/benchmark.ts';
import { ettFolder, ettReference, hasEtt, openEtt, startWasm } from './ett.test-support.ts';
import { longHorizonErrors } from './long-horizon.ts';

const horizons = [96, 192, 336, 720];

beforeAll(startWasm);

describe.skipIf(!hasEtt)(`longHorizonErrors on ${ettFolder}`, () => {
  it.each(['ETTh1', 'ETTh2'] as const)(
    'gives the stated errors of repeat last on %s',
    async (set) => {
      const errors = await longHorizonErrors(repeatLast(96), await openEtt(set));

      expect(errors.map(({ windows }) => windows)).toEqual([2785, 2689, 2545, 2161]);
      errors.forEach(({ horizon, mse, mae }) => {
        const [expectedMse, expectedMae] =
          ettReference.repeat_last_value[set][horizon]['all_windows'];
        expect(mse).toBeCloseTo(expectedMse, 5);
        expect(mae).toBeCloseTo(expectedMae, 5);
      });
    },
  );

  it.each([32, 128])(
    'gives the errors of old tables, whose last batch of %i is dropped',
    async (dropLast) => {
      const errors = await longHorizonErrors(repeatLast(720), await openEtt('ETTh1'), { dropLast });

      const found = errors.map(({ mse, mae }) => [mse, mae]);
      const stated = horizons.map(
        (horizon) =>
          ettReference.repeat_last_value['ETTh1'][horizon][`drop_last_batch_${dropLast}`],
      );
      found.flat().forEach((error, index) => {
        expect(error).toBeCloseTo(stated.flat()[index], 5);
      });
    },
  );
});

describe('longHorizonErrors', () => {
  const ramp = benchmark({
    values: Float64Array.from({ length: 40 }, (_, row) => row),
    variates: ['a'],
  });

  it('stops by its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    const errors = longHorizonErrors(repeatLast(1), ramp, { horizons: [2], signal });

    await expect(errors).rejects.toThrow('enough');
  });

  it('measures validation too, in standardized units', async () => {
    // Rows 0 to 27 train: their deviation is sqrt((28² - 1) / 12); rows 28 to 31 validate.
    const [{ windows, mae }] = await longHorizonErrors(repeatLast(1), ramp, {
      horizons: [2],
      part: 'validation',
    });

    expect(windows).toBe(3);
    expect(mae).toBeCloseTo(1.5 / Math.sqrt((28 ** 2 - 1) / 12), 5);
  });

  it('keeps no tensor', async () => {
    const before = memory().numTensors;

    await longHorizonErrors(repeatLast(1), ramp, { horizons: [2, 3] });

    expect(memory().numTensors).toBe(before);
  });
});
