import { ResourceError } from '../../errors.ts';
import type { GpuDevice } from './device.ts';

/** Bytes of the vectors in which kernels count places. */
export const fourBytes = 16;

/** Places are multiples of this. */
const alignment = 256;

/** Where some values lie: a buffer of their kind, and a place in it counted in vectors of four. */
export interface Place {
  readonly buffer: number;
  readonly at: number;
}

/** A named part of a device's memory. */
export interface MemoryRegion {
  readonly name: string;
  readonly bytes: number;
}

/** Lays regions of one kind into as many buffers as the limit on one binding asks for. */
export class MemoryPlan {
  readonly regions: MemoryRegion[] = [];
  readonly #limit: number;
  readonly #sizes: number[] = [0];

  /** @param limit  Bytes of one buffer at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes of each buffer. */
  get sizes(): readonly number[] {
    return this.#sizes;
  }

  /** Reserves room for values of four bytes. */
  words(name: string, count: number): Place {
    return this.group(name, [4 * count])[0];
  }

  /** Reserves several parts that lie in one buffer. */
  group(name: string, bytes: readonly number[]): Place[] {
    const aligned = bytes.map((count) => Math.ceil(count / alignment) * alignment);
    const total = aligned.reduce((a, b) => a + b, 0);
    this.regions.push({ name, bytes: total });
    const last = this.#sizes.length - 1;
    if (this.#sizes[last] > 0 && this.#sizes[last] + total > this.#limit) this.#sizes.push(0);
    const buffer = this.#sizes.length - 1;
    return aligned.map((count) => {
      const at = this.#sizes[buffer] / fourBytes;
      this.#sizes[buffer] += count;
      return { buffer, at };
    });
  }
}

/** Bytes that one binding of a device can reach. */
export function bindingLimit({ limits }: Pick<GpuDevice, 'limits'>): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

/** Bytes of all buffers, and of one binding, that there may be. */
export interface AllowedMemory {
  readonly total: number;
  readonly binding: number;
}

/** Whether the sum of all plans, and every buffer, is as small as it must be. */
export function fitsInto(plans: readonly MemoryPlan[], { total, binding }: AllowedMemory): boolean {
  const isNarrow = plans.every((plan) => plan.sizes.every((size) => size <= binding));
  return isNarrow && sumOf(plans) <= total;
}

/**
 * Checks the sum of all plans before anything is allocated.
 *
 * @throws {ResourceError} OOM naming the largest region and the remedy.
 */
export function assertFits(plans: readonly MemoryPlan[], allowed: AllowedMemory): void {
  if (fitsInto(plans, allowed)) return;
  const { total, binding } = allowed;
  const sum = sumOf(plans);
  const regions = plans.flatMap((plan) => plan.regions);
  const largest = regions.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const bound = sum > total ? readable(total) : `bindings of ${readable(binding)}`;
  throw new ResourceError(
    `webgpu executor: weights, cache and rows must fit in ${bound}, they take ${readable(sum)}, of which ${largest.name} ${readable(largest.bytes)}. Generate fewer items at once, choose a smaller weight format, or use another executor.`,
    'OOM',
  );
}

function sumOf(plans: readonly MemoryPlan[]): number {
  return plans.flatMap((plan) => plan.regions).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes in the unit that people count them in. */
export function readable(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 10 ? `${(bytes / 2 ** 10).toFixed(0)} KiB` : `${mebibytes.toFixed(0)} MiB`;
}
