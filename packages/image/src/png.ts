import { DataError, NextxError } from '@nextx/core';
import { convertIndexedToRgb, decode, encode, type DecodedPng } from 'fast-png';
import { zlibSync } from 'fflate';
import { boundedInflate } from './data/bounded-inflate.ts';
import { defaultMaxPixels } from './pixels-limit.ts';
import { assertPixels, type Pixels } from './pixels.ts';
import { joinPngChunks, pngChunks, type PngChunk } from './png-chunks.ts';
import { rawPngBytes, readPngHeader, type PngHeader } from './png-header.ts';
import { readTextChunk, textChunks } from './png-text.ts';

/** A picture and the texts that its file carries. */
export interface DecodedPicture {
  /** 8 bits a value; palettes are resolved, 16 bits rounded to 8, grey with alpha widened to RGBA. */
  readonly pixels: Pixels;
  /** Keyword to text of the PNG's text chunks; a repeated keyword keeps its last text. Empty for JPEG. */
  readonly text: ReadonlyMap<string, string>;
}

/**
 * A PNG file of a picture. The same picture and texts always give the same bytes.
 *
 * @param text  Texts to carry, keyword (1 to 79 Latin-1 characters) to text; how the picture was made goes here.
 * @throws {OptionError} if a keyword is not allowed.
 * @throws {ShapeError} if data and sizes do not fit.
 */
export function encodePng(
  pixels: Pixels,
  { text = {} }: { readonly text?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  assertPixels('encodePng', pixels);
  const { width, height, channels, data } = pixels;
  const plain = encode({ width, height, channels, data, depth: 8 }, { zlib: { level: 9 } });
  const chunks = [...pngChunks(plain)];
  return joinPngChunks([chunks[0], ...textChunks(text), ...chunks.slice(1)]);
}

/**
 * Reads a PNG file. Sizes are checked before anything is allocated, every checksum before anything is used.
 *
 * @throws {DataError} FORMAT if it is no PNG, is cut or damaged; LIMIT for more than `maxPixels` pixels.
 * @throws {UnsupportedError} for an interlaced picture of fewer than 8 bits.
 */
export function decodePng(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { readonly maxPixels?: number } = {},
): DecodedPicture {
  const { header, kept, compressed, text } = splitPng(bytes, maxPixels);
  const raw = inflateRows(compressed, header);
  try {
    const body = { type: 'IDAT', data: zlibSync(raw, { level: 0 }) };
    const end = { type: 'IEND', data: new Uint8Array(0) };
    return { pixels: toPixels(decode(joinPngChunks([...kept, body, end])), header), text };
  } catch (cause) {
    if (cause instanceof NextxError) throw cause;
    throw damaged(cause instanceof Error ? cause.message : 'unknown reason', cause);
  }
}

/**
 * The texts of a PNG file, without decoding its picture.
 *
 * @throws {DataError} FORMAT if it is no PNG, is cut, or has a wrong checksum.
 */
export function readPngText(bytes: Uint8Array): ReadonlyMap<string, string> {
  const text = new Map<string, string>();
  for (const chunk of pngChunks(bytes)) {
    const entry = readTextChunk(chunk);
    if (entry) text.set(entry[0], entry[1]);
  }
  return text;
}

interface SplitPng {
  readonly header: PngHeader;
  /** What the picture itself needs beside its data; profiles and the like are left out. */
  readonly kept: readonly PngChunk[];
  readonly compressed: readonly Uint8Array[];
  readonly text: ReadonlyMap<string, string>;
}

function splitPng(bytes: Uint8Array, maxPixels: number): SplitPng {
  let header: PngHeader | undefined;
  const kept: PngChunk[] = [];
  const compressed: Uint8Array[] = [];
  const text = new Map<string, string>();
  for (const chunk of pngChunks(bytes)) {
    if (chunk.type === 'IHDR') header = readPngHeader(chunk.data, maxPixels);
    if (chunk.type === 'IDAT') compressed.push(chunk.data);
    const isPalette = chunk.type === 'PLTE' && header?.colorType === 3;
    if (chunk.type === 'IHDR' || isPalette || chunk.type === 'tRNS') kept.push(chunk);
    const entry = readTextChunk(chunk);
    if (entry) text.set(entry[0], entry[1]);
  }
  if (!header) throw damaged('it has no header');
  return { header, kept, compressed, text };
}

function inflateRows(parts: readonly Uint8Array[], header: PngHeader): Uint8Array {
  const expected = rawPngBytes(header);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  const raw = boundedInflate('decodePng', joined, { kind: 'zlib', maxBytes: expected });
  if (raw.length !== expected) {
    throw damaged(
      `${header.width} x ${header.height} needs ${expected} bytes, it has ${raw.length}`,
    );
  }
  return raw;
}

function toPixels(png: DecodedPng, { depth, colorType }: PngHeader): Pixels {
  const { width, height } = png;
  if (colorType === 3) {
    const data = convertIndexedToRgb(png);
    return checked({ width, height, channels: data.length === width * height * 4 ? 4 : 3, data });
  }
  const samples = colorType === 0 && depth < 8 ? unpackGrey(png) : png.data;
  const scale = depth === 16 ? 1 / 257 : depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const data = Uint8Array.from(samples, (value) => Math.round(value * scale));
  if (colorType === 4) return checked({ width, height, channels: 4, data: greyAlphaToRgba(data) });
  const channels = colorType === 0 ? 1 : colorType === 2 ? 3 : 4;
  const pixels = checked({ width, height, channels, data });
  return png.transparency ? withKeyColor(pixels, samples, png.transparency) : pixels;
}

function unpackGrey({ width, height, depth, data }: DecodedPng): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const mask = 2 ** depth - 1;
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      samples[y * width + x] = (data[y * rowBytes + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return samples;
}

function greyAlphaToRgba(data: Uint8Array): Uint8Array {
  const rgba = new Uint8Array(data.length * 2);
  for (let i = 0; i < data.length / 2; i++) {
    rgba.fill(data[2 * i], 4 * i, 4 * i + 3);
    rgba[4 * i + 3] = data[2 * i + 1];
  }
  return rgba;
}

/** Pixels whose samples equal the tRNS color become transparent. */
function withKeyColor(
  { width, height, channels, data }: Pixels,
  samples: ArrayLike<number>,
  key: Uint16Array,
): Pixels {
  if (key.length !== channels) throw damaged(`tRNS has ${key.length} values for ${channels}`);
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const isKey = key.every((value, c) => samples[i * channels + c] === value);
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[i * channels + (channels === 3 ? c : 0)];
    rgba[4 * i + 3] = isKey ? 0 : 255;
  }
  return { width, height, channels: 4, data: rgba };
}

function checked(pixels: Pixels): Pixels {
  assertPixels('decodePng', pixels);
  return pixels;
}

function damaged(reason: string, cause?: unknown): DataError {
  return new DataError(
    `decodePng: the picture data must be whole, ${reason}. Download the file again.`,
    'FORMAT',
    cause,
  );
}
