import { describe, expect, it } from 'vitest';
import { commandList, type CommandEntry } from './command-list.ts';
import { runCli } from './run-cli.ts';
import { capturedWorld } from './testing/captured-world.test-support.ts';
import { startNode } from './testing/run-child.test-support.ts';

async function run(...words: string[]) {
  const world = capturedWorld();
  const code = await runCli(words, world);
  return { code, out: world.stdout(), err: world.stderr() };
}

function paths(list: Readonly<Record<string, CommandEntry>>, prefix: string[] = []): string[][] {
  return Object.entries(list).flatMap(([name, entry]) =>
    'commands' in entry
      ? [[...prefix, name], ...paths(entry.commands, [...prefix, name])]
      : [[...prefix, name]],
  );
}

describe('runCli', () => {
  it.each(paths(commandList).map((path) => [path.join(' ')] as const))(
    'helps with %s, with examples or a list',
    async (path) => {
      const { code, out, err } = await run(...path.split(' '), '--help');

      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`examples:[^]*nextx ${path}|commands:`));
      expect(err).toBe('');
    },
  );

  it.each([[], ['--help'], ['help'], ['-h']])('lists its commands for "%s"', async (...words) => {
    const { code, out } = await run(...words);

    expect(code).toBe(0);
    expect(out).toMatch(/train +Train a model/);
  });

  it('says its version', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });

  it.each([
    [['trian'], 'unknown command "trian". Did you mean nextx train?'],
    [['--versoin'], 'unknown option "--versoin"'],
    [['generate', 'imgae'], 'unknown command "imgae". Did you mean nextx generate image?'],
    [['native', 'uninstall'], 'Did you mean nextx native install?'],
    [['train'], 'RECIPE is missing'],
    [['train', 'vra', '--data', 'd', '--out', 'o'], 'got "vra". Did you mean var?'],
    [['train', 'var', '--data', 'd'], '--out is missing'],
    [['train', 'var', '--data', 'd', '--out', 'o', '--seed=abc'], '--seed must be'],
    [['train', 'var', '--data', 'd', '--out', 'o', '--steps', '0'], '--steps must be'],
    [['generate', 'image', '--modle', 'x'], 'unknown option --modle. Did you mean --model?'],
    [['generate', 'image', '--model'], '--model needs a value'],
    [['generate', 'image'], '--model is missing'],
    [['plan'], '--model is missing'],
    [['replay'], 'FILE is missing'],
    [['constructor'], 'unknown command "constructor"'],
  ])('refuses %j with exit code 2', async (words, message) => {
    const { code, out, err } = await run(...words);

    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err.trimEnd()).not.toContain('\n');
    expect(out).toBe('');
  });

  it.each([
    ['--temperature', '-1', 2],
    ['--temperature', 'NaN', 2],
    ['--temperature', 'Infinity', 2],
    ['--temperature', '999999', 2],
    ['--temperature', '0', 1],
    ['--temperature', '100', 1],
    ['--guidance', 'NaN', 2],
    ['--guidance', '1e308', 2],
    ['--guidance', '-3', 2],
    ['--guidance', '0', 1],
    ['--seed', '-1', 2],
    ['--seed', 'abc', 2],
    ['--seed', '18446744073709551616', 2],
    ['--seed', '18446744073709551615', 1],
    ['--seed', '0', 1],
    ['--count', '0', 2],
    ['--count', '-1', 2],
    ['--count', '1000000', 2],
    ['--count', '1.5', 2],
    ['--top-k', '-1', 2],
    ['--top-p', '1.5', 2],
    ['--class', 'a,,b', 2],
    ['--mask', 'm.png', 1],
    ['--out', 'picture.jpg', 2],
  ])('takes %s %s to end with %i where there is no model', async (name, value, expected) => {
    const { code, err } = await run('generate', 'image', '--model', 'nowhere', name, value);

    expect({ code, isModelMissing: err.includes('got "nowhere"') }).toEqual({
      code: expected,
      isModelMissing: expected === 1,
    });
  });

  it('writes errors as a line of JSON beside the message', async () => {
    const { code, out, err } = await run('generate', 'image', '--model', 'nowhere', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ event: 'error', code: 'NOT_FOUND' });
    expect(err).toContain('--model');
  });

  it('gives a wrong command line the code of a wrong argument', async () => {
    const { code, out } = await run('generate', 'image', '--temperature', 'NaN', '--json');

    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ event: 'error', code: 'ARG' });
  });

  it('shows a stack only when asked', async () => {
    const quiet = await run('inspect', 'nowhere.safetensors');
    const verbose = await run('inspect', 'nowhere.safetensors', '--verbose');

    expect(quiet.err).not.toContain('    at ');
    expect(verbose.err).toContain('    at ');
    expect([quiet.code, verbose.code]).toEqual([1, 1]);
  });

  it('loads no tensor library for help, version and a wrong command line', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { runCli } from ${JSON.stringify(new URL('./run-cli.ts', import.meta.url).href)};
      const require = createRequire(${JSON.stringify(import.meta.url)});
      const loaded = () => Object.keys(require.cache).filter((file) => file.includes('tfjs')).length;
      const { signal } = new AbortController();
      const world = { out() {}, err() {}, isTerminal: false, columns: 80, signal };
      for (const words of [['--help'], ['--version'], ['train', '--help'], ['train', '--sede=1'], ['trian']]) {
        await runCli(words, world);
      }
      const before = loaded();
      require('@tensorflow/tfjs-core');
      process.stdout.write(JSON.stringify({ before, isSeenLater: loaded() > 0 }));`;
    const { end } = startNode(['--input-type=module', '-e', script]);

    expect(JSON.parse((await end).stdout)).toEqual({ before: 0, isSeenLater: true });
  });
});
