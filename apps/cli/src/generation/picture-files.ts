import { encodePng, imageGrid } from '@nextx/image';
import type { Pixels } from '@nextx/image';
import { UsageError } from '../terminal/usage-error.ts';
import {
  pictureRecord,
  recordText,
  type PictureRecord,
  type PlacedPicture,
} from './picture-record.ts';

/** What a file's record says beside its pictures. */
export type SharedRecord = Pick<PictureRecord, 'engine' | 'executor' | 'calls' | 'edit' | 'bestOf'>;

/** How pictures stand in one file. */
export type GridLayout = NonNullable<PictureRecord['grid']>;

/** Readers of pictures, nextx among them, take no more unless told to. */
const maxSheetPixels = 100e6;

/**
 * Refuses a sheet that is too large to be read again, before its pictures are made.
 *
 * @param side  Of a picture in pixels.
 * @throws {UsageError} naming its size.
 */
export function assertSheetFits(
  count: number,
  side: number,
  { columns, gap, scale }: GridLayout,
): void {
  const extent = (pictures: number) => pictures * (side * scale + gap) - gap;
  const width = extent(Math.min(columns, count));
  const height = extent(Math.ceil(count / columns));
  if (width * height <= maxSheetPixels) return;
  throw new UsageError(
    `--out: a sheet may have at most ${maxSheetPixels} pixels, ${count} pictures at --scale ${scale} make ${width} x ${height}. Take fewer pictures, a smaller --scale, or --out-dir.`,
  );
}

/** A PNG file of one picture as it is. */
export function singlePng(
  picture: PlacedPicture,
  shared: SharedRecord,
  hasMetadata: boolean,
): Uint8Array {
  const record = pictureRecord([picture], shared);
  return encodePng(plain(picture.image), hasMetadata ? { text: recordText(record) } : {});
}

/** A PNG file of many pictures. */
export function gridPng(
  pictures: readonly PlacedPicture[],
  shared: SharedRecord & { readonly grid: GridLayout },
  hasMetadata: boolean,
): Uint8Array {
  const sheet = imageGrid(
    pictures.map(({ image }) => plain(image)),
    shared.grid,
  );
  return encodePng(sheet, hasMetadata ? { text: recordText(pictureRecord(pictures, shared)) } : {});
}

/** A file name for a picture: number, class, seed. */
export function pictureFileName(index: number, label: string, seed: string): string {
  const safe = label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${String(index).padStart(3, '0')}-${safe === '' ? 'class' : safe}-${seed}.png`;
}

/** Whole number by which small pictures are enlarged on a sheet: to about 96 pixels. */
export function defaultScale(side: number): number {
  return Math.max(1, Math.round(96 / side));
}

function plain({ width, height, channels, data }: Pixels): Pixels {
  return { width, height, channels, data };
}
