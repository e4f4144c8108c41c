import { describe, expect, it } from 'vitest';
import { markdownTable } from './markdown-table.ts';

describe('markdownTable', () => {
  it('puts columns under each other and escapes bars', () => {
    expect(markdownTable(['a', 'name'], [['1', 'x|y']])).toBe(
      ['| a   | name |', '| --- | ---- |', '| 1   | x\\|y |'].join('\n'),
    );
  });
});
