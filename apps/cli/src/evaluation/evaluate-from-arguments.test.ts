import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyWorkspace, words } from '../testing/tiny-workspace.test-support.ts';
import { parseEvaluation, type Evaluation } from './evaluation.ts';

const workspace = tinyWorkspace();
const { at, run } = workspace;

beforeAll(async () => {
  await workspace.make();
  const judge = { recipe: 'judge', training: { steps: 2, batchSize: 4, warmupSteps: 1 } };
  await writeFile(at('judge.json'), JSON.stringify(judge));
  const { code, err } = await run(workspace.train('judge', 'judge', '--size', '8'));
  if (code !== 0) throw new Error(err);
}, 120_000);
afterAll(workspace.remove);

const evaluate = (model: string, out: string, ...more: string[]) =>
  words(
    `evaluate --engine cpu --json --batch 3 --model ${at(model)} --data ${at('data')} --out ${at(out)}`,
    ...more,
  );

/** Runs a command line that must work. */
async function runWell(line: readonly string[]): Promise<string> {
  const { code, out, err } = await run(line);
  if (code !== 0) throw new Error(`${line.join(' ')} ended with ${code}: ${err}`);
  return out;
}

async function evaluationIn(out: string): Promise<Evaluation> {
  return parseEvaluation(out, JSON.parse(await readFile(at(out, 'evaluation.json'), 'utf8')));
}

/** The files of generated pictures and their bytes. */
async function picturesIn(out: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(at(out))).filter((name) => name.endsWith('.bin')).sort();
  const files = await Promise.all(names.map((name) => readFile(at(out, name))));
  return new Map(names.map((name, index) => [name, files[index]]));
}

describe('nextx evaluate', () => {
  it('measures tokenizer, bits, accuracy, distances and speed of a model', async () => {
    const line = evaluate('model', 'all', '--judge', at('judge'), '--guidance', '2');
    const out = await runWell([...line, '--count', '4', '--distance-count', '5']);
    const found = await evaluationIn('all');

    expect(JSON.parse(out)).toMatchObject({ event: 'done', data: { testCount: 2 } });
    // Maps of 1, 2 and 4: 21 tokens of 16 codes for 64 pixels.
    expect(found.tokenizer).toMatchObject({ tokensPerPicture: 21, bitsPerPixel: (21 * 4) / 64 });
    // A new model knows nothing: about 4 bits a token.
    expect((found.sequence?.bitsPerPicture ?? 0) / 21).toBeCloseTo(4, 0);
    expect(found.accuracy).toMatchObject({ count: 4, guidance: 2 });
    expect(found.distances).toMatchObject({ count: 5, realCount: 2, guidance: 1 });
    expect(found.distances?.frechetJudge).toBeGreaterThan(0);
    // Three maps, each with and without the class.
    expect(found.speed).toMatchObject({ evaluations: 6, tokens: 21, batch: 3 });
    expect(found.model).toMatchObject({ recipe: 'var', trainingPictures: 12 });
    expect(found.command).not.toContain(basename(workspace.root));
  });

  it('takes pictures that are there from their file, and generates only what is missing', async () => {
    const few = evaluate('model', 'grows', '--distance-count', '4');
    await runWell(few);
    const [[name, first]] = await picturesIn('grows');
    // A mark in the first picture, which a second generation would remove.
    await writeFile(at('grows', name), Buffer.concat([Buffer.alloc(64, 7), first.subarray(64)]));

    await runWell(evaluate('model', 'grows', '--distance-count', '6'));

    const [[again, second]] = await picturesIn('grows');
    expect(again).toBe(name);
    expect(second).toHaveLength(6 * 64);
    expect(second.subarray(0, 64).every((value) => value === 7)).toBe(true);
    expect(second.subarray(64, 4 * 64)).toEqual(first.subarray(64));
  });

  it('makes the same pictures whatever the batch', async () => {
    await runWell(evaluate('model', 'threes', '--distance-count', '4'));
    await runWell([...evaluate('model', 'fours', '--distance-count', '4'), '--batch', '4']);

    expect([...(await picturesIn('threes')).values()]).toEqual([
      ...(await picturesIn('fours')).values(),
    ]);
  });

  it('chooses guidance among scales by training pictures', async () => {
    const line = evaluate('model', 'scales', '--judge', at('judge'), '--scales', '1,4');
    await runWell([...line, '--search-count', '4', '--count', '4', '--distance-count', '4']);

    const { search = [], distances, accuracy } = await evaluationIn('scales');
    const nearest = search.toSorted((a, b) => (a.frechetPca64 ?? 0) - (b.frechetPca64 ?? 0))[0];
    expect(search.map(({ guidance }) => guidance)).toEqual([1, 4]);
    // 16 training pictures.
    expect(search[0]).toMatchObject({ count: 4, realCount: 16 });
    expect(distances?.guidance).toBe(nearest.guidance);
    expect([1, 4]).toContain(accuracy?.guidance);
  });

  it('measures a tokenizer by itself', async () => {
    await runWell(evaluate('tokenizer', 'alone'));

    const found = await evaluationIn('alone');
    expect(found.data.testCount).toBe(2);
    expect(found.sequence).toBeUndefined();
    expect(found.distances).toBeUndefined();
  });

  it.each([
    ['--scales', '1,x', 2, '--scales must be numbers'],
    ['--count', '-1', 2, '--count must be a whole number'],
    ['--judge', 'nowhere', 1, 'nowhere'],
    ['--judge', 'tokenizer', 2, 'the recipe must be judge'],
  ])('refuses %s %s', async (option, value, exitCode, message) => {
    const given = value === 'tokenizer' ? at('tokenizer') : value;
    const { code, err } = await run(evaluate('model', 'bad', `${option}=${given}`));

    expect(err).toContain(message);
    expect(code).toBe(exitCode);
  });
});
