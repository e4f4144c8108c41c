import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '@nextx/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodePng } from '../png.ts';
import { renderDataReport } from './data-report.ts';
import { openImageData } from './open-image-data.ts';

const data = dataFolder(fileURLToPath(new URL('../../../../', import.meta.url)));
const fashion = join(data, 'fashion-mnist');
const mnist = join(data, 'mnist');
const emoji = join(data, 'emoji');

describe('openImageData', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nextx-data-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads class folders and names the broken file', async () => {
    const png = encodePng({ width: 8, height: 8, channels: 1, data: new Uint8Array(64).fill(90) });
    await mkdir(join(folder, 'train', 'shoe'), { recursive: true });
    await writeFile(join(folder, 'train', 'shoe', 'a.png'), png);
    await writeFile(join(folder, 'train', 'shoe', 'b.png'), png.subarray(0, 60));

    const { dataset, report } = await openImageData(folder, { split: 'train', size: 4 });

    expect(dataset).toMatchObject({ count: 1, width: 4, labelNames: ['shoe'] });
    expect(report.unreadable).toMatchObject([{ file: 'train/shoe/b.png' }]);
    expect(renderDataReport(report)).toContain('1 pictures were resized and cropped to 4 x 4');
  });

  it('says which idx files are missing when only the other split is there', async () => {
    await writeFile(join(folder, 'train-images-idx3-ubyte'), '');
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), '');

    await expect(openImageData(folder, { split: 'test' })).rejects.toThrow(
      't10k-images-idx3-ubyte',
    );
  });

  it('refuses an empty folder as EMPTY and a missing one as NOT_FOUND', async () => {
    const options = { split: 'train' } as const;

    await expect(openImageData(folder, options)).rejects.toMatchObject({ code: 'EMPTY' });
    await expect(openImageData(join(folder, 'no'), options)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe.skipIf(!existsSync(fashion))(`Fashion-MNIST in ${fashion}`, () => {
  it('has 6,000 training pictures of each of ten classes', async () => {
    const { report } = await openImageData(fashion, { split: 'train' });

    expect(report).toMatchObject({ count: 60_000, width: 28, height: 28, channels: 1 });
    expect(report.classes).toHaveLength(10);
    expect(report.classes.every(({ count }) => count === 6000)).toBe(true);
    expect(report.problems).toEqual([]);
  });
});

describe.skipIf(!existsSync(mnist))(`MNIST in ${mnist}`, () => {
  it('has 10,000 test pictures, 1,135 of them ones', async () => {
    const { report } = await openImageData(mnist, { split: 'test' });

    expect(report.count).toBe(10_000);
    expect(report.classes[1]).toEqual({ name: '1', count: 1135 });
  });
});

describe.skipIf(!existsSync(emoji))(`emoji in ${emoji}`, () => {
  it('has 6,588 training and 984 test pictures with no name on both sides', async () => {
    const trained = await openImageData(emoji, { split: 'train' });
    const tested = await openImageData(emoji, { split: 'test' });

    expect([trained.dataset.count, tested.dataset.count]).toEqual([6588, 984]);
    expect(tested.report.classes[1]).toEqual({ name: 'People & Body', count: 564 });
    const total = trained.dataset.weights?.reduce((sum, weight) => sum + weight, 0);
    expect(total).toBeCloseTo(3822 - 257 * 2, 2);
  });
});
