import { describe, expect, it } from 'vitest';
import { renderDataReport, reportDataset } from './data-report.ts';
import type { ImageDataset } from './image-dataset.ts';

const dataset: ImageDataset = {
  name: 'tiny',
  split: 'train',
  width: 2,
  height: 1,
  channels: 1,
  count: 4,
  images: Uint8Array.of(0, 10, 20, 20, 0, 10, 0, 14),
  labels: Int32Array.of(0, 1, 1, 1),
  labelNames: ['bag', 'shoe', 'hat'],
};

describe('reportDataset', () => {
  const unreadable = [{ file: 'bag/9.png', reason: 'cut' }];
  const report = reportDataset(dataset, { format: 'class folders', unreadable });

  it('counts classes, duplicates, plain pictures and the range', () => {
    expect(report.classes.map(({ count }) => count)).toEqual([1, 3, 0]);
    expect(report).toMatchObject({
      duplicates: 1,
      plain: 1,
      range: { least: 0, most: 20, mean: 9.25 },
    });
  });

  it('says what is wrong and what to do', () => {
    expect(report.problems.map(({ problem }) => problem)).toEqual([
      'Classes without pictures: hat',
      'Only 4 pictures',
      'Values span only 0 to 20',
      '1 duplicates',
      '1 pictures of one color',
      '1 files could not be read',
    ]);
    expect(report.problems.every(({ remedy }) => remedy.length > 10)).toBe(true);
  });

  it('is rendered with every class, file and problem', () => {
    const text = renderDataReport(report);

    expect(text).toContain('tiny (class folders), train split: 4 pictures, 2 x 1, grey');
    for (const part of ['bag/9.png: cut', 'hat ', '! Only 4 pictures.'])
      expect(text).toContain(part);
  });
});
