import { DataError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../png.ts';
import { readImageFolder, type ImageEntry } from './image-folder.ts';

function entry(path: string, value: number, side = 4): ImageEntry {
  const data = new Uint8Array(side * side).fill(value);
  const bytes = encodePng({ width: side, height: side, channels: 1, data });
  return { path, read: () => Promise.resolve(bytes) };
}
const broken = (path: string): ImageEntry => ({
  path,
  read: () => Promise.resolve(new TextEncoder().encode('<html>')),
});
const gone = (path: string): ImageEntry => ({
  path,
  read: () => Promise.reject(new Error('gone')),
});
const train = { name: 'folder', split: 'train', size: 4 } as const;

describe('readImageFolder', () => {
  it('takes folders as classes, in alphabetical order', async () => {
    const entries = [
      entry('train/shoe/1.png', 3),
      entry('train/bag/1.png', 5),
      entry('test/bag/2.png', 6),
    ];

    const { dataset } = await readImageFolder(entries, train);

    expect(dataset).toMatchObject({ labelNames: ['bag', 'shoe'], count: 2, channels: 1 });
    expect([...dataset.labels]).toEqual([0, 1]);
    expect([dataset.images[0], dataset.images[16]]).toEqual([5, 3]);
  });

  it('splits about one in eight off when no folder says which is which', async () => {
    const entries = Array.from({ length: 400 }, (_, i) => entry(`all/${i}.png`, 0, 1));

    const trained = await readImageFolder(entries, { ...train, size: 1 });
    const tested = await readImageFolder(entries, { ...train, size: 1, split: 'test' });

    expect(trained.dataset.count + tested.dataset.count).toBe(400);
    expect(tested.dataset.count).toBeGreaterThan(30);
    expect(tested.dataset.count).toBeLessThan(70);
  });

  it('resizes other sizes and counts them', async () => {
    const { dataset, sizes } = await readImageFolder([entry('train/a/1.png', 9, 7)], train);

    expect(dataset).toMatchObject({ width: 4, height: 4 });
    expect(sizes).toEqual(new Map([['7 x 7', 1]]));
  });

  it('names broken and vanished files and goes on', async () => {
    const entries = [entry('train/a/1.png', 1), broken('train/a/2.png'), gone('train/a/3.png')];

    const { dataset, unreadable } = await readImageFolder(entries, train);

    expect(dataset.count).toBe(1);
    expect(unreadable.map(({ file }) => file)).toEqual(['train/a/2.png', 'train/a/3.png']);
    expect(unreadable[0].reason).toContain('HTML page');
  });

  it('stops when more files are broken than allowed', async () => {
    const entries = [entry('train/a/1.png', 1), broken('train/a/2.png'), broken('train/a/3.png')];

    await expect(readImageFolder(entries, { ...train, maxUnreadable: 1 })).rejects.toThrow(
      /2.png, train/,
    );
  });

  it('refuses a folder without pictures as EMPTY', async () => {
    const failure = readImageFolder([], train);

    await expect(failure).rejects.toBeInstanceOf(DataError);
    await expect(failure).rejects.toMatchObject({ code: 'EMPTY' });
  });
});
