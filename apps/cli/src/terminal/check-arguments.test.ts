import type { ArgsDef } from 'citty';
import { describe, expect, it } from 'vitest';
import { checkArguments } from './check-arguments.ts';
import { UsageError } from './usage-error.ts';

const args: ArgsDef = {
  file: { type: 'positional', required: true },
  second: { type: 'positional', required: false },
  seed: { type: 'string', valueHint: 'N' },
  'top-k': { type: 'string' },
  json: { type: 'boolean' },
  metadata: { type: 'boolean', default: true },
  help: { type: 'boolean', alias: 'h' },
};
const check = (...words: string[]) => checkArguments('nextx do', words, args);

describe('checkArguments', () => {
  it('joins options with their values and puts the other words behind', () => {
    expect(check('a.png', '--seed', '7', '--json', 'b')).toEqual([
      '--seed=7',
      '--json',
      '--',
      'a.png',
      'b',
    ]);
  });

  it('takes a negative number for a value', () => {
    expect(check('f', '--seed', '-1')).toEqual(['--seed=-1', '--', 'f']);
  });

  it('knows a switch that is on by its negation', () => {
    expect(check('f', '--no-metadata')).toEqual(['--no-metadata', '--', 'f']);
  });

  it('takes every word after -- as it is', () => {
    expect(check('--', '--seed')).toEqual(['--', '--seed']);
  });

  it.each([
    [['f', '--sed', '7'], 'unknown option --sed. Did you mean --seed?'],
    [['f', '--seed'], '--seed needs a value. Write --seed N.'],
    [['f', '--seed', '--json'], '--seed needs a value'],
    [['f', '--seed='], '--seed must not be empty'],
    [['f', '--json=1'], '--json takes no value, got "1"'],
    [['f', '--no-json'], 'unknown option --no-json'],
    [['f', '--__proto__', '1'], 'unknown option --__proto__'],
    [['f', '-x'], 'unknown option -x'],
    [[], 'FILE is missing'],
    [['a', 'b', 'c'], 'got "c" too'],
  ])('refuses %j', (words, message) => {
    expect(() => check(...words)).toThrow(UsageError);
    expect(() => check(...words)).toThrow(message);
  });
});
