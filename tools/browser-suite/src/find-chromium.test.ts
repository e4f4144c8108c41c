import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './find-chromium.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nextx-chromium-'));
  for (const name of ['google-chrome', 'chromium', 'mine']) {
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), name === 'chromium' ? 0o644 : 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('findChromium', () => {
  it('takes the first program on the path that may be run', () => {
    const found = findChromium({ PATH: ['/nowhere', folder].join(delimiter) });

    expect(found).toBe(join(folder, 'google-chrome'));
  });

  it('takes the one that NEXTX_CHROMIUM names, and no other', () => {
    expect(findChromium({ PATH: folder, NEXTX_CHROMIUM: join(folder, 'mine') })).toBe(
      join(folder, 'mine'),
    );
    expect(findChromium({ PATH: folder, NEXTX_CHROMIUM: '/nowhere' })).toBeUndefined();
  });

  it('finds none on an empty path', () => {
    expect(findChromium({})).toBeUndefined();
  });
});

const chromium = findChromium();

// The tests themselves are another project of this folder, which there is only with a browser.
describe.skipIf(chromium === undefined)(
  'the tests of the webgpu executor in headless Chromium (needs chromium on the path, or NEXTX_CHROMIUM)',
  () => {
    it('have a browser', () => {
      const version = execFileSync(chromium ?? '', ['--version'], { encoding: 'utf8' });

      expect(version).toMatch(/^(Chromium|Google Chrome) \d+\./);
    });
  },
);
