import { describe, expect, it } from 'vitest';
import { mayDraw } from './world.ts';

const terminal = { isTTY: true, columns: 80 };

describe('mayDraw', () => {
  it('draws on a terminal', () => {
    expect(mayDraw({ stderr: terminal, env: { CI: 'false', TERM: 'xterm' } })).toBe(true);
  });

  it.each([
    ['a pipe', {}, {}],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }],
    ['CI', terminal, { CI: 'true' }],
    ['a dumb terminal', terminal, { TERM: 'dumb' }],
    ['20 columns', { isTTY: true, columns: 20 }, {}],
  ])('draws nothing with %s', (_, stderr, env) => {
    expect(mayDraw({ stderr, env })).toBe(false);
  });
});
