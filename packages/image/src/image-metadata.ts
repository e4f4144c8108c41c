import { DataError } from '@nextx/core';
import { readPngText } from './png.ts';

/** Keyword of the PNG text that says how a picture was made. */
const metadataKeyword = 'nextx';

/**
 * The texts to give to `encodePng` so that the file says how the picture was made.
 *
 * @param record  Recipe, model checksum, settings, seed: anything JSON can hold.
 */
export function metadataText(record: Readonly<Record<string, unknown>>): Record<string, string> {
  return { [metadataKeyword]: JSON.stringify(record), Software: 'nextx' };
}

/**
 * Reads how a picture was made.
 *
 * @param bytes  A PNG file.
 * @returns The record given to `metadataText`, not checked further; `undefined` if the file carries none.
 * @throws {DataError} FORMAT if it is no whole PNG file, or its record is not a JSON object.
 */
export function readImageMetadata(bytes: Uint8Array): Record<string, unknown> | undefined {
  const text = readPngText(bytes).get(metadataKeyword);
  if (text === undefined) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (cause) {
    throw damaged(cause);
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw damaged();
  return Object.fromEntries(Object.entries(record));
}

function damaged(cause?: unknown): DataError {
  return new DataError(
    `readImageMetadata: the PNG's "${metadataKeyword}" text must be a JSON object. ` +
      `Use the file as it was written.`,
    'FORMAT',
    cause,
  );
}
