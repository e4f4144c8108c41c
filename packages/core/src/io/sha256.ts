import type { ByteSource } from './byte-source.ts';

/** Web Crypto wants all bytes at once; above this many the sum is made block by block. */
const maxDigestBytes = 256 * 2 ** 20;
const stepBytes = 16 * 2 ** 20;

/**
 * SHA-256 of a source, in hex (FIPS 180-4). By Web Crypto where there is one (not on insecure pages) and the source fits into
 * memory; else by an own implementation that keeps 16 MiB.
 */
export async function sha256(source: ByteSource): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle !== undefined && source.size <= maxDigestBytes) {
    // Copied: Web Crypto refuses views of shared memory, which a source may give.
    const bytes = new Uint8Array(await source.read(0, source.size));
    return toHex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
  }
  const hash = new Sha256();
  for (let begin = 0; begin < source.size; begin += stepBytes) {
    hash.update(await source.read(begin, Math.min(begin + stepBytes, source.size)));
  }
  return hash.hex();
}

/** SHA-256 of bytes that come in pieces. */
export class Sha256 {
  readonly #state: Uint32Array = Uint32Array.from(rootBits(8, 1 / 2));
  readonly #constants: Uint32Array = Uint32Array.from(rootBits(64, 1 / 3));
  readonly #schedule = new Uint32Array(64);
  readonly #block = new Uint8Array(64);
  readonly #view = new DataView(this.#block.buffer);
  #length = 0;

  /** Adds the next piece. */
  update(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.byteLength) {
      const filled = this.#length % 64;
      const piece = bytes.subarray(at, at + 64 - filled);
      this.#block.set(piece, filled);
      this.#length += piece.byteLength;
      at += piece.byteLength;
      if (this.#length % 64 === 0) {
        this.#compress();
      }
    }
  }

  /** The sum; nothing may be added after it. */
  hex(): string {
    const bitLength = BigInt(this.#length) * 8n;
    const padding = new Uint8Array(((119 - (this.#length % 64)) % 64) + 1);
    padding[0] = 0x80;
    this.update(padding);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, bitLength);
    this.update(length);
    const sum = new Uint8Array(32);
    const view = new DataView(sum.buffer);
    this.#state.forEach((word, index) => view.setUint32(4 * index, word));
    return toHex(sum);
  }

  #compress(): void {
    const w = this.#schedule;
    for (let t = 0; t < 16; t += 1) {
      w[t] = this.#view.getUint32(4 * t);
    }
    for (let t = 16; t < 64; t += 1) {
      const s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >>> 3);
      const s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >>> 10);
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    const state = this.#state;
    const constants = this.#constants;
    let a = state[0] | 0;
    let b = state[1] | 0;
    let c = state[2] | 0;
    let d = state[3] | 0;
    let e = state[4] | 0;
    let f = state[5] | 0;
    let g = state[6] | 0;
    let h = state[7] | 0;
    for (let t = 0; t < 64; t += 1) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[t] + w[t]) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The standard's constants: the first 32 bits of the fractions of roots of the first primes. */
function rootBits(count: number, power: number): number[] {
  const bits: number[] = [];
  for (let n = 2; bits.length < count; n += 1) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= n; divisor += 1) {
      isPrime &&= n % divisor !== 0;
    }
    if (isPrime) {
      bits.push(Math.floor((n ** power % 1) * 2 ** 32));
    }
  }
  return bits;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
