import { expect, it } from 'vitest';
import { renderPage } from './render-page.ts';

it('prints sizes in MB, seconds and peaks, each in its row', () => {
  const page = renderPage({
    as: 'var-d16',
    files: [{ name: 'var_d16.pth', bytes: 1_243_000_000 }],
    folderBytes: 1_676_900_000,
    tensors: 500,
    parameters: 419_231_875,
    importing: { seconds: 12.34, peakMegabytes: 321.4 },
    loading: { seconds: 5, peakMegabytes: 4000 },
    generating: { seconds: 20, peakMegabytes: 4100, steps: 10 },
    engine: 'native 2.21',
    machine: 'a machine',
    day: '2026-11-22',
  });

  expect(page).toContain('| `var_d16.pth` | 1243 |');
  expect(page).toContain('500 tensors, 419,231,875 weights, float32 | 1677 |');
  expect(page).toContain('| import | 12.3 | 321 |');
  expect(page).toContain('| generate one picture, guided, 10 steps | 20.0 | 4100 |');
});
