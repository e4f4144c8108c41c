import { DataError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { assertPictureSize } from './pixels-limit.ts';

describe('assertPictureSize', () => {
  it('takes pictures up to the limit, itself included', () => {
    expect(() => assertPictureSize('read', { width: 4, height: 25 }, 100)).not.toThrow();
    expect(() => assertPictureSize('read', { width: 1, height: 1 }, 100)).not.toThrow();
  });

  it.each([
    [0, 5, 'FORMAT', 'read: a picture must be at least 1 x 1, the header says 0 x 5'],
    [5, 0, 'FORMAT', 'the header says 5 x 0'],
    [101, 1, 'LIMIT', 'read: a picture may have at most 100 pixels, the header says 101 x 1'],
    [2 ** 32 - 1, 2 ** 32 - 1, 'LIMIT', '4294967295 x 4294967295'],
  ])('refuses %i x %i with %s', (width, height, code, message) => {
    const act = () => assertPictureSize('read', { width, height }, 100);

    expect(act).toThrow(DataError);
    expect(act).toThrow(expect.objectContaining({ code }));
    expect(act).toThrow(message);
  });
});
