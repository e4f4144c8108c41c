import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

describe('nearestName', () => {
  it.each([
    ['trian', 'train'],
    ['genrate', 'generate'],
    ['inspct', 'inspect'],
    ['modles', 'models'],
    ['doc', 'doctor'],
  ])('finds %s to mean %s', (given, meant) => {
    const known = ['train', 'generate', 'inspect', 'models', 'doctor'];

    expect(nearestName(given, known)).toBe(meant);
  });

  it('finds nothing near a word that is like no other', () => {
    expect(nearestName('xyzzy', ['train', 'generate'])).toBeUndefined();
  });

  it('takes the nearest of several', () => {
    expect(nearestName('top-q', ['top-k', 'stop', 'temperature'])).toBe('top-k');
  });
});
