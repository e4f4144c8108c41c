import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderFiles } from '@nextx/core/node';
import { loadForecastModel } from '@nextx/timeseries';
import type { PatchForecasterParams } from '@nextx/timeseries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { capturedWorld } from '../testing/captured-world.test-support.ts';

const config = {
  recipe: 'patch-forecaster',
  options: {
    patch: 4,
    horizon: 8,
    lookBack: 16,
    depth: 1,
    width: 8,
    heads: 2,
    levels: [0.1, 0.5, 0.9],
  },
  training: { steps: 4, batchSize: 4, averageDecay: 0.5, validateEvery: 2 },
  data: {
    windows: 1000,
    sources: [
      { file: 'table.csv', rows: [0, 80], heldOutRows: [80, 120], weight: 2, strides: [1, 2] },
      { file: 'many.csv', layout: 'm4', heldOutEvery: 2, weight: 1 },
      { synthetic: 'calendar', weight: 1 },
    ],
  },
};
const table = Array.from(
  { length: 120 },
  (_, row) => `${Math.sin(row)},${row % 7 === 3 ? '' : row}`,
);
const many = Array.from({ length: 3 }, (_, name) =>
  [`S${name}`, ...Array.from({ length: 30 }, (__, time) => (time * (name + 1)) % 11)].join(','),
);

describe('nextx train patch-forecaster', () => {
  let root = '';
  const at = (name: string) => join(root, name);
  const run = async (words: readonly string[], stopAt?: string) => {
    const world = capturedWorld((text, stop) => {
      if (stopAt !== undefined && text.includes(stopAt)) stop();
    });
    const code = await runCli(['train', 'patch-forecaster', '--engine', 'cpu', ...words], world);
    return { code, err: world.stderr() };
  };
  const whole = (out: string) => ['--data', root, '--config', at('config.json'), '--out', at(out)];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'nextx-forecaster-'));
    await writeFile(at('table.csv'), ['a,b', ...table].join('\n'));
    await writeFile(at('many.csv'), ['name,V1,V2', ...many].join('\n'));
    await writeFile(at('config.json'), JSON.stringify(config));
    const { code, err } = await run(whole('model'));
    if (code !== 0) throw new Error(err);
  }, 120_000);
  afterAll(() => rm(root, { recursive: true }));

  it('writes a model that forecasts, and a card that says what it learned from', async () => {
    const model = await loadForecastModel(folderFiles(at('model')));
    const card = await readFile(at('model/README.md'), 'utf8');

    expect([model.lookBack, model.horizon, model.readsMissing]).toEqual([16, 8, true]);
    expect(card).toContain('trained on table.csv, many.csv, synthetic calendar');
    expect(card).toContain('16 windows seen');
    expect(card).toMatch(/\| loss \| [\d.]+ \|/);
    expect(card).toContain('"heldOutRows": [');
    model.dispose();
  });

  it('goes on from where it was stopped to the same weights', async () => {
    const stopped = await run([...whole('stopped'), '--json'], '"event":"step"');
    const resumed = await run([...whole('stopped'), '--resume']);

    expect(stopped.code).not.toBe(0);
    expect(resumed).toMatchObject({ code: 0 });
    const weights = (name: string) => readFile(at(`${name}/model.safetensors`));
    expect(await weights('stopped')).toEqual(await weights('model'));
  });

  it('goes on from a trained model, and refuses one of other options', async () => {
    const plain = { ...config, options: undefined, training: { ...config.training, steps: 1 } };
    await writeFile(at('plain.json'), JSON.stringify(plain));
    const other = { ...plain, options: { width: 16 } };
    await writeFile(at('other.json'), JSON.stringify(other));
    const from = (name: string) => [
      '--data',
      root,
      '--config',
      at(`${name}.json`),
      '--out',
      at(`from-${name}`),
      '--start',
      at('model'),
      '--learning-rate',
      '0.000000001',
      '--no-half',
    ];
    const first = async (name: string) => {
      const { params, dispose } = await loadForecastModel(folderFiles(at(name)));
      const weights = (params as PatchForecasterParams).input.skip.weight;
      const values = [...(await weights.data())];
      dispose();
      return values;
    };

    expect(await run(from('plain'))).toMatchObject({ code: 0 });
    const refused = await run(from('other'));

    const [before, after] = [await first('model'), await first('from-plain')];
    expect(await readFile(at('from-plain/README.md'), 'utf8')).toMatch(/^### model$/m);
    after.forEach((value, index) => expect(value).toBeCloseTo(before[index], 5));
    expect(refused.err).toContain('options.width');
  });

  it.each([
    ['no data', { ...config, data: undefined }, 'says what it learns from'],
    ['an unknown key', { ...config, data: { ...config.data, sauces: [] } }, 'sauces'],
    [
      'rows that are not there',
      { ...config, data: { sources: [{ file: 'table.csv', weight: 1, rows: [0, 500] }] } },
      'it has 120',
    ],
  ])('refuses a config with %s', async (name, bad, message) => {
    await writeFile(at('bad.json'), JSON.stringify(bad));

    const out = `bad-${name.length}`;
    const { code, err } = await run(['--data', root, '--config', at('bad.json'), '--out', at(out)]);

    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });
});
