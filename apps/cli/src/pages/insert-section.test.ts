import { DataError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { insertSection } from './insert-section.ts';

const marks = { begin: '<!-- begin -->', end: '<!-- end -->' };

describe('insertSection', () => {
  it('replaces what stands between the marks and nothing else', () => {
    const page = 'before\n<!-- begin -->\nold\n<!-- end -->\nafter';

    expect(insertSection(page, marks, 'new')).toBe(
      'before\n<!-- begin -->\n\nnew\n\n<!-- end -->\nafter',
    );
  });

  it.each(['nothing', '<!-- begin -->', '<!-- end --><!-- begin -->'])(
    'refuses a page without the marks: %s',
    (page) => {
      expect(() => insertSection(page, marks, 'new')).toThrow(DataError);
    },
  );
});
