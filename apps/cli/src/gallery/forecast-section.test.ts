import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activateEngine } from '../engines/engine.ts';
import { showForecast } from './forecast-section.ts';

let out = '';
beforeAll(async () => {
  await activateEngine('wasm');
  out = await mkdtemp(join(tmpdir(), 'nextx-gallery-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe('showForecast', () => {
  it('draws the forecast of a series that an installed package ships, and says how near it came', async () => {
    const { facts, sheets } = await showForecast(out, new AbortController());
    const png = await readFile(join(out, sheets[0].file));

    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // March 1958 to April 2020 are 746 months, of which 60 are held out.
    expect(facts).toMatch(/60 months from 686/);
    const error = Number(/error (\d+\.\d+) ppm/.exec(sheets[0].caption)?.[1]);
    // The CO2 rose by 13 ppm over those five years, and swings by 7 within each.
    expect(error).toBeLessThan(3);
    expect(error).toBeGreaterThan(0);
  });

  it('names a command that measures what the picture shows', async () => {
    const { command } = await showForecast(out, new AbortController());

    expect(command).toMatch(/^nextx backtest .*--horizon 60 --origins 1/);
  });

  it('stops by its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(showForecast(out, { signal })).rejects.toThrow('enough');
  });
});
