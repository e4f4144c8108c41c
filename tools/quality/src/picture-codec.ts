import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import decodeJpeg, { init as initJpegDecoder } from '@jsquash/jpeg/decode.js';
import encodeJpeg, { init as initJpegEncoder } from '@jsquash/jpeg/encode.js';
import decodeWebp, { init as initWebpDecoder } from '@jsquash/webp/decode.js';
import encodeWebp, { init as initWebpEncoder } from '@jsquash/webp/encode.js';

/** An RGB picture, rows from the top, `height * width * 3` bytes. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A lossy picture format with one quality knob. */
export interface PictureCodec {
  readonly name: 'jpeg' | 'webp';
  /** @param quality  0 worst to 100 best. */
  encode(picture: RgbPicture, quality: number): Promise<Uint8Array>;
  decode(bytes: Uint8Array): Promise<RgbPicture>;
  /** Bytes of a file that hold the picture, without container, header and tables. */
  payload(bytes: Uint8Array): number;
}

/** MozJPEG, the shorter of its progressive and its baseline file; chroma subsampling is chosen by quality. */
export async function openJpeg(): Promise<PictureCodec> {
  // It prints a caution for every table that a baseline decoder could not read.
  const quiet = { printErr: () => undefined };
  const encoder = await wasmOf('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm');
  await initJpegEncoder({ wasmBinary: encoder, ...quiet });
  await initJpegDecoder({ wasmBinary: await wasmOf('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm') });
  return {
    name: 'jpeg',
    async encode(picture, quality) {
      const pixels = withAlpha(picture);
      const progressive = await encodeJpeg(pixels, { quality });
      const baseline = await encodeJpeg(pixels, { quality, progressive: false, baseline: true });
      const isShorter = baseline.byteLength < progressive.byteLength;
      return new Uint8Array(isShorter ? baseline : progressive);
    },
    decode: async (bytes) => withoutAlpha(await decodeJpeg(bufferOf(bytes))),
    payload: scanBytes,
  };
}

/** Lossy WebP with its slowest, best search. */
export async function openWebp(): Promise<PictureCodec> {
  await initWebpEncoder({ wasmBinary: await wasmOf('@jsquash/webp/codec/enc/webp_enc_simd.wasm') });
  await initWebpDecoder({ wasmBinary: await wasmOf('@jsquash/webp/codec/dec/webp_dec.wasm') });
  return {
    name: 'webp',
    encode: async (picture, quality) =>
      new Uint8Array(await encodeWebp(withAlpha(picture), { quality, method: 6 })),
    decode: async (bytes) => withoutAlpha(await decodeWebp(bufferOf(bytes))),
    // RIFF, its size, WEBP, the chunk's name and size.
    payload: (bytes) => bytes.length - 20,
  };
}

async function wasmOf(path: string): Promise<ArrayBuffer> {
  return bufferOf(await readFile(createRequire(import.meta.url).resolve(path)));
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}

/** What browsers and these codecs call ImageData. */
interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly colorSpace: 'srgb';
}

function withAlpha({ width, height, data }: RgbPicture): RgbaPicture {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width, height, data: rgba, colorSpace: 'srgb' };
}

function withoutAlpha({ width, height, data }: Omit<RgbaPicture, 'colorSpace'>): RgbPicture {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return { width, height, data: rgb };
}

/** Entropy-coded bytes of all scans: what lies between a scan's header and the next marker. */
function scanBytes(bytes: Uint8Array): number {
  let total = 0;
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1];
    at += 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (marker !== 0xda) continue;
    const start = at;
    while (at < bytes.length && !isMarker(bytes, at)) at++;
    total += at - start;
  }
  return total;
}

/** Not a stuffed 0xff and not a restart marker, which belong to the scan. */
function isMarker(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1];
  return bytes[at] === 0xff && next !== 0 && !(next >= 0xd0 && next <= 0xd7);
}
