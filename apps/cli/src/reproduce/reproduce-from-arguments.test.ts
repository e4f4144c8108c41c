import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { capturedWorld, type CapturedWorld } from '../testing/captured-world.test-support.ts';

let root = '';
const at = (...names: string[]) => join(root, ...names);

/** Hours of ETT's length, a daily wave and a slow one: a set that says nothing of the real one. */
function madeUpSet(): string {
  const first = Date.UTC(2016, 6, 1);
  const rows = Array.from({ length: 14_400 }, (_, hour) => {
    const date = new Date(first + hour * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    return `${date},${(10 + 3 * Math.sin((Math.PI * hour) / 12)).toFixed(3)},${(hour % 7).toFixed(1)}`;
  });
  return `date,load,OT\n${rows.join('\n')}\n`;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nextx-reproduce-'));
  await mkdir(at('data', 'ett'), { recursive: true });
  await writeFile(at('data', 'ett', 'ETTh1.csv'), madeUpSet());
  await writeFile(
    at('page.md'),
    'before\n<!-- reproduce: written by "nextx reproduce timeseries --page" -->\n<!-- /reproduce -->\nafter\n',
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

const reproduce = (...more: string[]) => reproduceIn(capturedWorld(), ...more);

async function reproduceIn(
  world: CapturedWorld,
  ...more: string[]
): Promise<{ code: number; out: string; err: string }> {
  const line = ['--data', at('data'), '--out', at('out'), '--set', 'ETTh1', '--engine', 'wasm'];
  const code = await runCli(['reproduce', 'timeseries', ...line, ...more], world);
  return { code, out: world.stdout(), err: world.stderr() };
}

describe('nextx reproduce timeseries', () => {
  it('tests what was asked for, and keeps each run in a file', async () => {
    const { code, out } = await reproduce('--only', 'repeat-last', '--horizons', '96');

    expect(code).toBe(0);
    expect(await readdir(at('out'))).toEqual(['ETTh1.repeat-last-1.96.run.json']);
    expect(out).toMatch(/\*\*repeat last\*\* +\| 1 +\| - +\| \d\.\d{4} +\| -/);
  });

  it('does not run again what is finished, and writes the page from it', async () => {
    await reproduce('--only', 'repeat-last', '--horizons', '96');

    const { code, err } = await reproduce(
      '--only',
      'repeat-last',
      '--horizons',
      '96',
      '--page',
      at('page.md'),
    );

    expect(code).toBe(0);
    expect(err).toBe('');
    const page = await readFile(at('page.md'), 'utf8');
    expect(page).toMatch(/^before\n<!-- reproduce: [^]*## ETTh1[^]*after\n$/);
  });

  it('forecasts a wave of a day without error by least squares', async () => {
    const { code } = await reproduce('--only', 'least-squares-96', '--horizons', '96');

    const file = at('out', 'ETTh1.least-squares-96.96.run.json');
    const run: unknown = JSON.parse(await readFile(file, 'utf8'));
    expect(code).toBe(0);
    // 2,880 test rows hold 2,785 windows of 96; the set repeats every 168 hours, of which 96 say all.
    expect(run).toMatchObject({ errors: [{ horizon: 96, windows: 2785 }] });
    expect((run as { errors: { mse: number }[] }).errors[0].mse).toBeLessThan(1e-3);
  });

  it('keeps what was finished when it is stopped, and says how to go on', async () => {
    const world = capturedWorld();
    world.stop();

    const { code, err } = await reproduceIn(world, '--only', 'DLinear-96', '--horizons', '96');

    expect([code, err.includes('the same command does the rest')]).toEqual([130, true]);
    const files = await readdir(at('out'));
    expect(files.filter((file) => file.includes('DLinear'))).toEqual([]);
    expect(files).toContain('ETTh1.repeat-last-1.96.run.json');
  });

  it('says which file it needs, and which rows there are', async () => {
    const absent = await reproduce('--only', 'repeat-last', '--set', 'ETTh2');
    const unknown = await reproduce('--only', 'Prophet');

    expect([absent.code, absent.err.includes(at('data', 'ett', 'ETTh2.csv'))]).toEqual([1, true]);
    expect([unknown.code, unknown.err.includes('iTransformer')]).toEqual([2, true]);
  });
});
