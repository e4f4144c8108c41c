import { describe, expect, it } from 'vitest';
import { renderBars } from './bars.ts';
import { errorAt, finishedRun } from './finished-run.test-support.ts';
import { forecastSystems } from './forecast-systems.ts';
import { renderLongHorizon } from './long-horizon-page.ts';
import { publishedErrors } from './published-errors.ts';

const runs = [0.358, 0.36].map((mse, index) =>
  finishedRun({
    seed: index + 1,
    errors: [96, 192, 336, 720].map((horizon) => errorAt(horizon, mse + horizon / 10_000, 0.4)),
  }),
);
const render = (set: string) =>
  renderLongHorizon({ set, runs, systems: forecastSystems, published: publishedErrors });
const cells = (line: string) =>
  line
    .split('|')
    .map((cell) => cell.trim())
    .slice(1, -1);

describe('renderLongHorizon', () => {
  it('has the published row of a system under its own, and other systems last', () => {
    const lines = render('ETTh1').split('\n\n')[2].split('\n').map(cells);

    expect(lines[2].slice(1, 5)).toEqual(['672', '2', '0.3686 ± 0.0010', '0.3782 ± 0.0010']);
    expect(lines[3]).toEqual([
      'AutoTimes on LLaMA-7B, one model for all horizons',
      '672',
      '-',
      '0.360',
      '0.388',
      '0.401',
      '0.406',
      '0.389',
      'paper',
    ]);
    expect(lines.slice(4).map(([label]) => label)).toContain('PatchTST/64');
  });

  it('says which epoch was chosen and how long each seed took', () => {
    const table = render('ETTh1').split('\n\n').at(-1)?.split('\n').map(cells);

    expect(table?.[2].slice(1, 7)).toEqual([
      '672',
      'all',
      '1,000',
      '2 of 3, 2 of 3',
      '60, 60',
      '5, 5',
    ]);
  });

  it('is empty of a set that no run is of', () => {
    expect(render('ETTh2')).toBe('');
  });
});

describe('renderBars', () => {
  it('compares the mean over seeds, and says what was not measured', () => {
    const rows = renderBars(runs).split('\n').slice(2).map(cells);

    expect(rows.map((row) => [row[0], row[2], row[4], row[6]])).toEqual([
      ['iTransformer', '96', 'not measured', '-'],
      ['DLinear', '96', 'not measured', '-'],
      ['AutoTimes', '96', '0.3686', 'no'],
      ['AutoTimes', 'average', '0.3926', 'yes'],
    ]);
  });
});
