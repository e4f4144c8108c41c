import { DataError } from '@nextx/core';
import { describe, expect, it } from 'vitest';
import { emojiSplit, readEmoji } from './emoji.ts';

const header =
  'row,style,file,sha256,category_id,category,subcategory,short_name,name,codepoints,skin_tone';
const row = (i: number, name: string, tone: string): string =>
  `${i},noto,${i}.png,0,1,People & Body,hand,${name},"${name}, a hand",1F44B,${tone}`;
const files = {
  images: Uint8Array.of(
    0,
    0,
    8,
    4,
    0,
    0,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    3,
    1,
    1,
    1,
    2,
    2,
    2,
    3,
    3,
    3,
  ),
  labels: Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 1, 1),
  index: [header, row(0, 'wave', ''), row(1, 'wave', '1F3FB'), row(2, 'ok_hand', '')].join('\n'),
};

describe('emojiSplit', () => {
  it('goes by the last digit of the SHA-256 of the name', async () => {
    // The sums end in ...15ad and ...b855 (the examples of FIPS 180-4), ...0622 and ...b683.
    expect([await emojiSplit('abc'), await emojiSplit('')]).toEqual(['train', 'train']);
    expect([await emojiSplit('tree'), await emojiSplit('key')]).toEqual(['test', 'test']);
  });
});

describe('readEmoji', () => {
  it('gives variants of one name the weight of one picture', async () => {
    const dataset = await readEmoji(files, 'train');

    expect(dataset.rows.map(({ name }) => name)).toEqual([
      'wave, a hand',
      'wave, a hand',
      'ok_hand, a hand',
    ]);
    expect([...(dataset.weights ?? [])]).toEqual([0.5, 0.5, 1]);
    expect([...dataset.images]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it.each([
    ['a missing column', files.index.replace('short_name', 'shortname')],
    ['a missing row', files.index.split('\n').slice(0, 3).join('\n')],
    ['a category that differs from the label', files.index.replace(',1,People', ',2,People')],
    ['a cut row', files.index.slice(0, -12)],
  ])('refuses an index with %s', async (_, index) => {
    await expect(readEmoji({ ...files, index }, 'train')).rejects.toBeInstanceOf(DataError);
  });
});
