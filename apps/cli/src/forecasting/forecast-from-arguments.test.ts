import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, initializer, namedParams } from '@nextx/core';
import type { ParamTree } from '@nextx/core';
import { saveModel } from '@nextx/core/node';
import { dLinearRecipe, patchForecasterRecipe } from '@nextx/timeseries';
import type { ForecastRecipe } from '@nextx/timeseries';
import { readSeries, shippedForecastModels } from '@nextx/timeseries/node';
import { activateEngine } from '../engines/engine.ts';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { capturedWorld } from '../testing/captured-world.test-support.ts';
import { backtestFromArguments } from './backtest-from-arguments.ts';
import { forecastFromArguments } from './forecast-from-arguments.ts';

/** Ten days of hours that repeat every day, and a column that is not always there. */
const rows = Array.from({ length: 240 }, (_, hour) => {
  const time = new Date(hour * 3_600_000).toISOString().slice(0, 16);
  return `${time};${hour % 24},5;${hour === 100 ? '' : hour}`;
});

const shipped = await shippedForecastModels();

describe('the commands about series', () => {
  beforeAll(() => activateEngine('cpu'));
  let folder = '';
  let data = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nextx-forecast-'));
    data = join(folder, 'data.csv');
    await writeFile(data, `\uFEFFdate;load;other\r\n${rows.join('\r\n')}\r\n`);
  });
  afterEach(() => rm(folder, { recursive: true }));
  /** A model as it was drawn, in a folder of its own. */
  const savedModel = async <Options extends object, Params extends ParamTree>(
    recipe: ForecastRecipe<Options, Params>,
    given: unknown,
  ): Promise<string> => {
    const model = join(folder, 'model');
    const options = recipe.parse(given);
    const config = { recipe: recipe.name, version: 1 as const, options: { ...options } };
    const tensors = await Promise.all(
      namedParams(recipe.init(options, initializer([0, 1]))).map(
        async ([name, weight]) =>
          [name, float32Tensor(await weight.data<'float32'>(), weight.shape)] as const,
      ),
    );
    await saveModel(model, { config, tensors, card: '' });
    return model;
  };
  const forecast = async (args: Record<string, unknown>) => {
    const world = capturedWorld();
    const out = join(folder, 'made', 'forecast.csv');
    await forecastFromArguments(
      { file: data, columns: 'load', horizon: '24', model: 'seasonal-naive', out, ...args },
      world,
    );
    return { world, out };
  };

  /** What the command says of what is wrong. */
  const told = async (args: Record<string, string>) => {
    const words = { horizon: '2', model: 'naive', columns: 'load', ...args };
    const world = capturedWorld();
    const given = Object.entries(words).flatMap(([name, value]) => [`--${name}`, value]);
    expect(await runCli(['forecast', data, ...given], world)).toBe(1);
    return world.stderr();
  };

  it('forecast a column into a CSV file', async () => {
    const { world, out } = await forecast({ levels: '80,95' });

    const lines = (await readFile(out, 'utf8')).split('\n');
    expect(lines[0]).toBe('time,load,load_lower_80,load_upper_80,load_lower_95,load_upper_95');
    expect(lines[6]).toBe('1970-01-11 05:00:00,5.5,5.5,5.5,5.5,5.5');
    expect(world.stdout()).toBe(`${out}\n`);
    expect(world.stderr()).toMatch(/^24 steps of 1 variate by seasonal-naive, in/);
  });

  it('forecast into Parquet, and say so in JSON', async () => {
    const { world, out } = await forecast({ out: join(folder, 'forecast.parquet'), json: true });
    const files = [join(folder, 'forecast.parquet')];

    expect((await readSeries(files[0])).variates).toEqual(['load']);
    expect(JSON.parse(world.stdout())).toMatchObject({
      event: 'done',
      files,
      model: 'seasonal-naive',
      horizon: 24,
      levels: [],
    });
    await expect(stat(out)).rejects.toThrow('ENOENT');
  });

  it.each(['forecast.svg', 'forecast.png'])('draw %s', async (name) => {
    const plot = join(folder, name);
    const { world } = await forecast({ plot, levels: '80' });

    const bytes = await readFile(plot);
    expect(bytes.subarray(0, 4).toString('latin1')).toBe(
      name.endsWith('svg') ? '<svg' : '\u0089PNG',
    );
    expect(world.stdout()).toContain(plot);
  });

  it('fill missing values when told to, and count them', async () => {
    await expect(forecast({ columns: 'other' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('row 101 of "other"'),
    });
    const { world } = await forecast({ columns: 'other', missing: 'linear' });

    expect(world.stderr()).toContain('1 missing value was filled (linear)');
  });

  it('write no file when they are stopped', async () => {
    const world = capturedWorld();
    world.stop();
    const out = join(folder, 'stopped.csv');
    const args = { file: data, columns: 'load', horizon: '12', model: 'naive', out };

    await expect(forecastFromArguments(args, world)).rejects.toThrow('stop');
    await expect(backtestFromArguments(args, world)).rejects.toThrow('stop');
    await expect(stat(out)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['a value that is missing', '--missing previous, linear', { columns: 'other' }],
    ['a column that is text', '(--columns A,B,...)', { columns: 'date', time: 'none' }],
    ['a context that is too long', 'lower --context', { context: '300' }],
  ])('name the flags of the command for %s', async (_, message, args) => {
    expect(await told(args)).toContain(message);
  });

  it.each([
    ['rows that are not there', '(--gaps fill)', '2011-01-09;1\n2011-01-10;2\n2011-01-12;3', {}],
    ['what is no time', '(--time none)', 'soon;1\nlater;2', { time: 'date' }],
    ['dates of two readings', '(--date-order day-first', '03/04/11;1\n03/05/11;2', {}],
    ['too few rows', 'choose another --model', '2011-01-09;1\n2011-01-10;2', { model: 'ar' }],
  ])('name the flags of the command for %s', async (_, message, lines, args) => {
    await writeFile(data, `date;load\n${lines}\n`);

    expect(await told(args)).toContain(message);
  });

  it('read no more of the past than the context, and what is missing before is no matter', async () => {
    const { out } = await forecast({ columns: 'other', context: '30', model: 'naive' });

    expect((await readFile(out, 'utf8')).split('\n')[1]).toBe('1970-01-11 00:00:00,239');
  });

  it.skipIf(shipped.length === 0)('take the shipped network where no model is named', async () => {
    const words = { model: undefined, engine: 'cpu', levels: '80' };
    const long = await forecast({ ...words, columns: 'other' });
    const [, value, lower, upper] = (await readFile(long.out, 'utf8')).split('\n')[1].split(',');
    const short = await forecast({ ...words, context: '30' });

    // It reads a column that misses a value.
    expect(long.world.stderr()).toContain(`24 steps of 1 variate by ${shipped[0].name}`);
    expect(Number(lower)).toBeLessThan(Number(value));
    expect(Number(upper)).toBeGreaterThan(Number(value));
    expect(short.world.stderr()).toContain('by seasonal-naive');
  });

  it('take the folder of a model, and start an engine for it', async () => {
    const model = await savedModel(dLinearRecipe, { lookBack: 24, horizon: 12 });

    const { world, out } = await forecast({ model, engine: 'cpu', levels: '80' });

    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + 24);
    expect(
      lines.slice(1).every((line) =>
        line
          .split(',')
          .slice(1)
          .every((cell) => Number.isFinite(Number(cell))),
      ),
    ).toBe(true);
    expect(world.stderr()).toContain('engine: cpu');
  });

  it('refuse to write over the series', async () => {
    await expect(forecast({ out: data })).rejects.toThrow('--out must not be the file');
    expect(await readFile(data, 'utf8')).toContain('date;load;other');
  });

  it('repeat the last value of a series that is shorter than a season', async () => {
    const short = join(folder, 'short.csv');
    await writeFile(
      short,
      `date,load\n${rows
        .slice(0, 3)
        .join('\n')
        .replaceAll(/;(\d+),5;\d*/g, ',$1')}\n`,
    );

    const { world } = await forecast({ file: short, model: undefined });

    expect(world.stderr()).toContain('24 steps of 1 variate by naive');
  });

  it('draw the paths of a seed again, and others of another', async () => {
    const model = await savedModel(patchForecasterRecipe, {
      head: 'flow',
      patch: 4,
      horizon: 8,
      lookBack: 24,
      depth: 1,
      width: 8,
      heads: 1,
    });
    const drawn = async (seed: string): Promise<string> => {
      const { out } = await forecast({ model, engine: 'cpu', levels: '80', paths: '5', seed });
      return readFile(out, 'utf8');
    };

    const first = await drawn('7');
    expect(await drawn('7')).toBe(first);
    expect(await drawn('8')).not.toBe(first);
  });

  it.each([
    [{ paths: '0' }, '--paths must be a whole number from 1 to 10000'],
    [{ seed: '-1' }, '--seed must be a whole number from 0'],
    [{ horizon: '0' }, '--horizon must be a whole number from 1'],
    [{ horizon: undefined }, '--horizon is missing'],
    [{ levels: '80,120' }, '--levels must be percents between 0 and 100, got "120"'],
    [{ levels: '80,' }, '--levels must be words'],
    [{ out: 'forecast.txt' }, '--out must end in .csv or .parquet'],
    [{ plot: 'forecast.gif' }, '--plot must end in .svg or .png'],
    [{ missing: 'guess' }, '--missing must be one of error, previous'],
    [{ 'date-order': 'mdy' }, '--date-order must be one of'],
    [{ model: 'seasonal' }, 'Did you mean seasonal-naive?'],
    [{ columns: 'laod' }, 'column "laod" must be in the table'],
    [{ context: '0' }, '--context must be a whole number'],
  ])('refuse %j', async (args, message) => {
    await expect(forecast(args)).rejects.toThrow(message);
  });

  it('measure a model beside the baselines in the past', async () => {
    const world = capturedWorld();
    const args = { file: data, columns: 'load', horizon: '12', origins: '5', levels: '80' };
    await backtestFromArguments({ ...args, model: 'naive' }, world);

    const [title, head, ...lines] = world.stdout().trimEnd().split('\n');
    expect(title).toBe('5 forecasts of 12 steps');
    expect(head.split(/ {2,}/)).toEqual([
      'model',
      'MAE',
      'MSE',
      'sMAPE %',
      'MASE',
      'CRPS',
      'in 80 %',
    ]);
    const names = lines.map((line) => line.split(' ')[0]);
    expect(names).toEqual(['naive', 'seasonal-naive', 'naive2', 'ar']);
    expect(lines[1]).toMatch(/^seasonal-naive +0 +0 +0 +- +0 +100\.0 %$/);
  });

  it('list every step of a backtest in JSON', async () => {
    const world = capturedWorld();
    const args = { file: data, columns: 'load', horizon: '3', origins: '2', season: '1' };
    await backtestFromArguments({ ...args, json: true, model: 'naive' }, world);

    const lines = world
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toHaveLength(2);
    // The last six hours of a day rise by 1 each, so that repeating the last one errs by the step.
    expect(lines[0]).toMatchObject({
      event: 'backtest',
      model: 'naive',
      origins: 2,
      mae: 2,
      steps: [{ mae: 1 }, { mae: 2 }, { mae: 3 }],
    });
  });

  it('leave out baselines that the series is too short for, saying so', async () => {
    const world = capturedWorld();
    const args = { file: data, columns: 'load', horizon: '12', origins: '2', context: '30' };
    await backtestFromArguments(args, world);

    expect(world.stderr()).toContain('ar is left out');
    expect(world.stdout()).not.toMatch(/^ar/m);
  });
});
