import { expectNoTensorLeak } from '@nextx/core/testing';
import { type Rank, tensor3d, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ettFolder, ettReference, hasEtt, openEtt, startWasm } from '../ett.test-support.ts';
import { longHorizonErrors } from '../long-horizon.ts';
import { fitLeastSquares, leastSquaresPredictor } from './least-squares.ts';

beforeAll(startWasm);

describe.skipIf(!hasEtt)(`fitLeastSquares on ${ettFolder}`, () => {
  const cases = (['ETTh1', 'ETTh2'] as const).flatMap((set) =>
    [96, 336].flatMap((lookBack) =>
      [96, 192, 336, 720].map((horizon) => ({ set, lookBack, horizon })),
    ),
  );

  it.each(cases)('has the stated errors on $set, $lookBack -> $horizon', async (one) => {
    const { set, lookBack, horizon } = one;
    const data = await openEtt(set);
    const map = fitLeastSquares(data.values, data.split.train, { lookBack, horizon });
    const predictor = leastSquaresPredictor(map);

    const [{ mse, mae }] = await longHorizonErrors(predictor, data, { horizons: [horizon] });

    predictor.dispose();
    const stated = ettReference.least_squares_linear.results[`${set} ${lookBack}->${horizon} last`];
    expect(mse).toBeCloseTo(stated[0], 5);
    expect(mae).toBeCloseTo(stated[1], 5);
  });
});

describe('fitLeastSquares', () => {
  const square = (row: number) => row ** 2 / 100;
  const squares = { values: Float64Array.from({ length: 60 }, (_, row) => square(row)), columns: 1 };

  it('continues squares, whose next step is the last one and 2 more', async () => {
    const map = fitLeastSquares(squares, { start: 0, end: 60 }, { lookBack: 4, horizon: 2 });
    const predictor = leastSquaresPredictor(map);
    const values = tensor3d([70, 71, 72, 73].map(square), [1, 4, 1]);

    const forecast = await predictor.predict({ values }).data();

    predictor.dispose();
    // Within what the ridge takes.
    expect(Math.abs(forecast[0] - square(74))).toBeLessThan(0.01);
    expect(Math.abs(forecast[1] - square(75))).toBeLessThan(0.02);
  });

  it('refuses rows shorter than a window', () => {
    expect(() =>
      fitLeastSquares(squares, { start: 0, end: 4 }, { lookBack: 4, horizon: 1 }),
    ).toThrow(expect.objectContaining({ code: 'TOO_SHORT' }));
  });
});

describe('leastSquaresPredictor', () => {
  it('keeps no tensor but its weights, until it is disposed', async () => {
    const values = zeros<Rank.R3>([2, 3, 2]);
    const map = { lookBack: 3, horizon: 2, weights: new Float64Array(8) };

    await expectNoTensorLeak(() => {
      const predictor = leastSquaresPredictor(map);
      predictor.predict({ values }).dispose();
      predictor.dispose();
    });
  });
});
