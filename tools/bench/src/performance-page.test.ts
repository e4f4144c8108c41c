import { describe, expect, it } from 'vitest';
import { insertMeasured } from './performance-page.ts';

const [first, last] = [
  '<!-- bench: written by "npm run bench -- image --write-docs" -->',
  '<!-- /bench -->',
];

describe('insertMeasured', () => {
  it('replaces what stands between the marks and nothing else', () => {
    const page = `before\n${first}\nold\n${last}\nafter`;

    expect(insertMeasured(page, 'image', 'new')).toBe(`before\n${first}\n\nnew\n\n${last}\nafter`);
  });

  it('refuses a page without the marks', () => {
    expect(() => insertMeasured('nothing', 'decoder', 'new')).toThrow('Put them back');
  });
});
