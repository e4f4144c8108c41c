import { afterEach, describe, expect, it, vi } from 'vitest';
import { dataFolder } from './data-folder.ts';

describe('dataFolder', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is what NEXTX_DATA names, relative to the root', () => {
    vi.stubEnv('NEXTX_DATA', 'sets');

    expect(dataFolder('/home/me/nextx')).toBe('/home/me/nextx/sets');
  });

  it('is beside the root where nothing is named', () => {
    vi.stubEnv('NEXTX_DATA', undefined);

    expect(dataFolder('/home/me/nextx')).toBe('/home/me/shared/data');
  });
});
