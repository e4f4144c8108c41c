import { DataError } from '@nextx/core';
import Papa from 'papaparse';
import { assertDataset, selectRows, type ImageDataset, type Split } from './image-dataset.ts';
import { readIdx } from './idx.ts';

/** One row of the emoji data set's index. */
export interface EmojiRow {
  /** `noto` or `twemoji`. */
  readonly style: string;
  readonly category: string;
  readonly shortName: string;
  /** Full name, such as `grinning face`. */
  readonly name: string;
  /** Modifier code such as `1F3FD`, two joined by `-`; empty without a skin tone. */
  readonly skinTone: string;
  readonly split: Split;
}

/** Emoji pictures with what the index says about each. */
export interface EmojiDataset extends ImageDataset {
  /** `[N]`, in the order of the pictures. */
  readonly rows: readonly EmojiRow[];
}

/** The categories of the emoji data set in the order of their ids. */
const emojiLabels: readonly string[] = [
  'Smileys & Emotion',
  'People & Body',
  'Animals & Nature',
  'Food & Drink',
  'Travel & Places',
  'Activities',
  'Objects',
  'Symbols',
  'Flags',
  'Component',
];

const columns = ['style', 'category_id', 'category', 'short_name', 'name', 'skin_tone'] as const;

/** The files of the emoji data set. */
export interface EmojiFiles {
  /** Rank 4: pictures, rows, columns, 3; gzipped or not. */
  readonly images: Uint8Array;
  /** Rank 1: category ids; gzipped or not. */
  readonly labels: Uint8Array;
  /** The text of `index.csv`. */
  readonly index: string;
}

/**
 * Reads one split of the emoji data set. A name is on one side only, with all its styles and skin tones: test are the names
 * whose SHA-256 ends in the hexadecimal digit 2 or 3, about 1 in 8. Skin-tone variants of one name and style share the
 * weight of one picture, so that hands and people do not crowd out the rest.
 *
 * @throws {DataError} FORMAT if the files are damaged or do not belong together.
 * @throws {ShapeError} if there are not as many labels as pictures.
 */
export async function readEmoji(files: EmojiFiles, split: Split): Promise<EmojiDataset> {
  const pictures = readIdx(files.images, { name: 'emoji images' });
  const classes = readIdx(files.labels, { name: 'emoji labels' });
  const [count, height, width, channels] = pictures.shape;
  if (pictures.shape.length !== 4 || channels !== 3 || classes.shape.length !== 1) {
    throw new DataError(
      `readEmoji: needs images of shape N x H x W x 3 and labels of rank 1, got ` +
        `${pictures.shape.join(' x ')} and rank ${classes.shape.length}. Check which files were given.`,
    );
  }
  const rows = await readIndex(files.index, classes.data);
  if (rows.length !== count) throw damagedIndex(`it has ${rows.length} rows for ${count} pictures`);
  const all: ImageDataset = {
    name: 'emoji',
    split,
    width,
    height,
    channels: 3,
    count,
    images: pictures.data,
    labels: Int32Array.from(classes.data),
    labelNames: emojiLabels,
    weights: toneWeights(rows),
  };
  assertDataset('readEmoji', all);
  const wanted = [...rows.keys()].filter((row) => rows[row].split === split);
  return { ...selectRows(all, wanted), rows: wanted.map((row) => rows[row]) };
}

/**
 * The side of the train/test split that a name belongs to.
 *
 * @param shortName  For example `grinning`.
 */
export async function emojiSplit(shortName: string): Promise<Split> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(shortName));
  const lastDigit = new Uint8Array(digest)[31] & 15;
  return lastDigit === 2 || lastDigit === 3 ? 'test' : 'train';
}

async function readIndex(text: string, labels: Uint8Array): Promise<EmojiRow[]> {
  const { data, errors } = Papa.parse<string[]>(text, { header: false, skipEmptyLines: true });
  if (errors.length > 0) {
    throw damagedIndex(`row ${errors[0].row ?? '?'}: ${errors[0].message}`);
  }
  const header = data[0] ?? [];
  const at = columns.map((column) => {
    const index = header.indexOf(column);
    if (index < 0) throw damagedIndex(`column "${column}" is missing, it has ${header.join(', ')}`);
    return index;
  });
  const splits = new Map<string, Split>();
  const rows: EmojiRow[] = [];
  for (const [i, cells] of data.slice(1).entries()) {
    if (cells.length !== header.length) {
      throw damagedIndex(`row ${i + 1} has ${cells.length} cells instead of ${header.length}`);
    }
    const [style, id, category, shortName, name, skinTone] = at.map((index) => cells[index]);
    if (Number(id) !== labels[i]) {
      throw damagedIndex(`row ${i + 1} is of category ${id}, its label is ${labels[i]}`);
    }
    const split = splits.get(shortName) ?? (await emojiSplit(shortName));
    splits.set(shortName, split);
    rows.push({ style, category, shortName, name, skinTone, split });
  }
  return rows;
}

/** `1 / n` for each of the n pictures of one name and style. */
function toneWeights(rows: readonly EmojiRow[]): Float32Array {
  const variants = new Map<string, number>();
  const key = ({ style, shortName }: EmojiRow) => `${style} ${shortName}`;
  for (const row of rows) variants.set(key(row), (variants.get(key(row)) ?? 0) + 1);
  return Float32Array.from(rows, (row) => 1 / (variants.get(key(row)) ?? 1));
}

function damagedIndex(reason: string): DataError {
  return new DataError(
    `readEmoji: index.csv must have one row for each picture, ${reason}. Use the files of one download.`,
  );
}
