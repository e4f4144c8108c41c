import { ResourceError } from '../../errors.ts';
import type { Address } from './records.ts';

/** Bytes that WebAssembly can address. */
export const mostBytes: number = 2 ** 32 - 2 ** 16;

/** A named part of the machine's memory. */
export interface Region {
  readonly name: string;
  readonly address: Address;
  readonly bytes: number;
}

/** Lays regions one behind another, each at a multiple of 64 bytes. */
export class RegionLayout {
  /** Where the first region may begin. */
  readonly start: Address;
  readonly #regions: Region[] = [];
  #end: Address;

  /** @param start  First free byte. */
  constructor(start: Address) {
    this.start = start;
    this.#end = start;
  }

  /** First free byte. */
  get end(): Address {
    return this.#end;
  }

  get regions(): readonly Region[] {
    return this.#regions;
  }

  /** Reserves room for some float32 or int32 values. */
  words(name: string, count: number): Address {
    return this.bytes(name, 4 * count);
  }

  /** Reserves bytes. */
  bytes(name: string, bytes: number): Address {
    const address = Math.ceil(this.#end / 64) * 64;
    this.#regions.push({ name, address, bytes });
    this.#end = address + bytes;
    return address;
  }

  /** @throws {ResourceError} OOM naming the largest region, if all do not fit. */
  assertFits(): void {
    if (this.#end <= mostBytes) return;
    const largest = this.#regions.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    throw new ResourceError(
      `cpu executor: weights, cache and rows must fit in ${mebibytes(mostBytes)} MiB, they take ${mebibytes(this.#end)} MiB, of which ${largest.name} ${mebibytes(largest.bytes)} MiB. Generate fewer items at once, choose a smaller weight format, or use the reference executor.`,
      'OOM',
    );
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
