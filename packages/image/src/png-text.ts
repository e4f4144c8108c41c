import { DataError, OptionError } from '@nextx/core';
import type { PngChunk } from './png-chunks.ts';
import { boundedInflate } from './data/bounded-inflate.ts';

/** Largest text that is read from one chunk, inflated. */
const maxTextBytes = 16 * 1024 * 1024;

/**
 * Text chunks of a PNG file: `tEXt` where keyword and text fit Latin-1, else `iTXt` in UTF-8, not compressed.
 *
 * @param text  Keyword (1 to 79 Latin-1 characters) to text.
 * @throws {OptionError} if a keyword is empty, longer than 79 characters, or not Latin-1.
 */
export function textChunks(text: Readonly<Record<string, string>>): PngChunk[] {
  return Object.entries(text).map(([keyword, value]) => {
    if (!/^[\x20-\x7e\xa1-\xff]{1,79}$/.test(keyword)) {
      throw new OptionError(
        `encodePng: a text keyword must have 1 to 79 Latin-1 characters, got ${JSON.stringify(keyword)}. Shorten it.`,
      );
    }
    if (isLatin1(value)) {
      return { type: 'tEXt', data: latin1Bytes(`${keyword}\0${value}`) };
    }
    const head = latin1Bytes(`${keyword}\0\0\0\0\0`);
    const body = new TextEncoder().encode(value);
    const data = new Uint8Array(head.length + body.length);
    data.set(head);
    data.set(body, head.length);
    return { type: 'iTXt', data };
  });
}

/**
 * Reads a `tEXt`, `zTXt` or `iTXt` chunk.
 *
 * @returns Keyword and text, or `undefined` for a chunk of another type.
 * @throws {DataError} FORMAT if the chunk has no keyword or its compressed text is damaged; LIMIT over 16 MiB of text.
 */
export function readTextChunk({ type, data }: PngChunk): [string, string] | undefined {
  if (type !== 'tEXt' && type !== 'zTXt' && type !== 'iTXt') return undefined;
  const end = data.indexOf(0);
  if (end < 1 || end > 79) {
    throw new DataError(
      `decodePng: a ${type} chunk must begin with a keyword of 1 to 79 bytes. The file is damaged.`,
    );
  }
  const keyword = latin1Text(data.subarray(0, end));
  const rest = data.subarray(end + 1);
  if (type === 'tEXt') return [keyword, latin1Text(rest)];
  if (type === 'zTXt') return [keyword, latin1Text(inflateText(rest.subarray(1)))];
  const languageEnd = rest.indexOf(0, 2);
  const translatedEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) {
    throw new DataError('decodePng: an iTXt chunk ends before its text. The file is damaged.');
  }
  const body = rest.subarray(translatedEnd + 1);
  return [keyword, new TextDecoder().decode(rest[0] === 1 ? inflateText(body) : body)];
}

/** Whether `tEXt` can hold it: Latin-1 without NUL and without the range 0x80 to 0x9f. */
function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code > 255 || (code > 127 && code < 160)) return false;
  }
  return true;
}

function inflateText(bytes: Uint8Array): Uint8Array {
  return boundedInflate('decodePng: text', bytes, { kind: 'zlib', maxBytes: maxTextBytes });
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Not TextDecoder('latin1'): that one is windows-1252 and changes 0x80 to 0x9f. */
function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
