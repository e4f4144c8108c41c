import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderForecasterEvaluation } from './render-forecaster-evaluation.ts';
import { writeIntoCard } from './write-card.ts';

const evaluation = {
  model: 'mine',
  zeroShot: [
    {
      set: 'bikes',
      rows: [
        {
          method: 'mine',
          horizon: 24,
          forecasts: 9,
          mae: 1,
          mase: 0.51234,
          crps: 0.75,
          coverage: [0.8, 0.951],
        },
        { method: 'naive', horizon: 24, forecasts: 9, mae: 2, mase: 1, crps: 2 },
      ],
    },
  ],
  m4: [{ set: 'Weekly', rows: [{ method: 'mine', smape: 7.7, mase: 2.3, owa: 0.836, msis: 20 }] }],
} as const;

describe('renderForecasterEvaluation', () => {
  it('has a row for each method, and no intervals where there are none', () => {
    const text = renderForecasterEvaluation(evaluation);

    expect(text).toContain('| 24 | mine | 0.5123 | 0.75 | 1 | 80.0 % | 95.1 % | 9 |');
    expect(text).toContain('| 24 | naive | 1 | 2 | 2 |  |  | 9 |');
  });

  it('ranks what was measured among the published methods by OWA', () => {
    const lines = renderForecasterEvaluation(evaluation).split('\n');

    // Pawlikowski 0.766 and Montero-Manso 0.796 are better, Smyl 0.851 is not.
    expect(lines).toContain('| mine | 7.700 | 2.300 | 0.836 | 20.000 | measured | 3 |');
    expect(lines.find((line) => line.includes('Smyl'))).toMatch(/published \| 3 \|$/);
  });
});

describe('writeIntoCard', () => {
  it('puts the tables at the end, and later where they were', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nextx-card-'));
    const card = join(folder, 'README.md');
    await writeFile(card, '# mine\n');

    await writeIntoCard(folder, 'first\n');
    await writeFile(card, `${await readFile(card, 'utf8')}after\n`);
    await writeIntoCard(folder, 'second\n');

    expect(await readFile(card, 'utf8')).toBe(
      '# mine\n\n<!-- evaluation -->\n\nsecond\n\n<!-- /evaluation -->\nafter\n',
    );
    await rm(folder, { recursive: true });
  });
});
