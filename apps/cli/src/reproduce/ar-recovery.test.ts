import { describe, expect, it } from 'vitest';
import { arRecoveries, renderArRecoveries } from './ar-recovery.ts';

describe('arRecoveries', () => {
  it('finds the coefficients of both fits as near as their number of values allows', async () => {
    const [first, second] = await arRecoveries({ orders: [1, 3], length: 20_000, steps: 800 });

    // A coefficient is known to about 1 / √20,000 = 0.007.
    for (const { arNet, leastSquares } of [first, second]) {
      expect(arNet).toBeLessThan(0.02);
      expect(leastSquares).toBeLessThan(0.02);
    }
    expect(second.order).toBe(3);
    expect(second.difference).toBeLessThan(1e-4);
    expect(second.arNet).toBeGreaterThan(0);
  });

  it('stops by its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(arRecoveries({ orders: [1], length: 100, signal })).rejects.toThrow('enough');
  });
});

describe('renderArRecoveries', () => {
  it('has a row for each order', () => {
    const table = renderArRecoveries([
      { order: 2, arNet: 0.0031, leastSquares: 0.003, difference: 0.0001 },
    ]);

    expect(table.split('\n')[2]).toMatch(/^\| 2 +\| 0.0031 +\| 0.0030 +\| 1.0e-4 +\|$/);
  });
});
