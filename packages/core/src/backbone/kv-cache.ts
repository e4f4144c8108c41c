import { add, concat, fill, keep, slice, tidy } from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { OptionError, ResourceError } from '../errors.ts';
import type { SeenRows } from '../layers/attention.ts';
import { hasFusedKernels, runFusedKernel } from '../layers/fused-kernels.ts';

/** Sizes of a cache. */
export interface KvCacheOptions {
  readonly layers: number;
  readonly batch: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly capacity: number;
}

/**
 * Keys and values of every layer, `[B, G, capacity, D]` each, allocated once at full size. An engine with fused kernels
 * writes rows in place; elsewhere tfjs tensors cannot be written, so an extension replaces a buffer by one of the same size.
 */
export class KvCache {
  readonly options: KvCacheOptions;
  #layers: [keys: Tensor4D, values: Tensor4D][];
  #length: number;
  #isDisposed = false;

  constructor(
    options: KvCacheOptions,
    copied?: { layers: [Tensor4D, Tensor4D][]; length: number },
  ) {
    const { batch, keyValueHeads, capacity, headSize } = options;
    // By the engine: `zeros` would bring an array of them from the host.
    const empty = (): Tensor4D => keep(fill([batch, keyValueHeads, capacity, headSize], 0));
    this.options = options;
    this.#layers =
      copied?.layers ?? Array.from({ length: options.layers }, () => [empty(), empty()]);
    this.#length = copied?.length ?? 0;
  }

  /** Positions filled. */
  get length(): number {
    return this.#length;
  }

  /** `2 · layers · B · G · capacity · D · 4`. */
  get bytes(): number {
    const { layers, batch, keyValueHeads, capacity, headSize } = this.options;
    return 2 * layers * batch * keyValueHeads * capacity * headSize * 4;
  }

  /** What new rows of a layer, `[B, G, n, D]`, may see: everything filled and themselves. Writes nothing. */
  seen(layer: number, keys: Tensor4D, values: Tensor4D): SeenRows {
    const count = this.#endOf(keys);
    const [filledKeys, filledValues] = this.#layers[layer];
    return {
      keys: this.#after(filledKeys, keys),
      values: this.#after(filledValues, values),
      count,
    };
  }

  /**
   * Writes new rows of a layer behind the filled ones and gives what they may see, the cache itself where it held any;
   * `commit` makes them count.
   */
  write(layer: number, keys: Tensor4D, values: Tensor4D): SeenRows {
    const count = this.#endOf(keys);
    const [filledKeys, filledValues] = this.#layers[layer];
    if (hasFusedKernels()) {
      this.#writeInPlace(filledKeys, keys);
      this.#writeInPlace(filledValues, values);
    } else {
      this.#layers[layer] = [
        keep(this.#replaced(filledKeys, keys)),
        keep(this.#replaced(filledValues, values)),
      ];
      filledKeys.dispose();
      filledValues.dispose();
    }
    if (this.#length === 0) return { keys, values, count };
    const [writtenKeys, writtenValues] = this.#layers[layer];
    return { keys: writtenKeys, values: writtenValues, count };
  }

  /** Counts `rows` rows, written in every layer, as filled. */
  commit(rows: number): void {
    this.#length += rows;
  }

  /** @throws {OptionError} RANGE if more would remain than is filled. */
  truncate(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new OptionError(
        `truncate: length must be an integer from 0 to the ${this.#length} positions filled, got ${length}. Nothing was forgotten.`,
        'RANGE',
      );
    }
    this.#length = length;
  }

  /** A cache with the same content; the buffers are shared until one of the two writes, unless it writes in place. */
  fork(): KvCache {
    this.#assertAlive();
    const copied = (buffer: Tensor4D): Tensor4D =>
      keep(hasFusedKernels() ? add(buffer, 0) : buffer.clone());
    const layers = this.#layers.map(([keys, values]): [Tensor4D, Tensor4D] => [
      copied(keys),
      copied(values),
    ]);
    return new KvCache(this.options, { layers, length: this.#length });
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#layers.flat().forEach((tensor) => tensor.dispose());
  }

  #writeInPlace(cache: Tensor4D, rows: Tensor4D): void {
    runFusedKernel('NextxWriteRows', { cache, rows }, { start: this.#length })[0].dispose();
  }

  #after(filled: Tensor4D, rows: Tensor4D): Tensor4D {
    if (this.#length === 0) return rows;
    return tidy(() => concat([slice(filled, 0, [-1, -1, this.#length, -1]), rows], 2));
  }

  #replaced(filled: Tensor4D, rows: Tensor4D): Tensor4D {
    const end = this.#length + rows.shape[2];
    return tidy(() => {
      const before = slice(filled, [0, 0, 0, 0], [-1, -1, this.#length, -1]);
      const behind = slice(filled, [0, 0, end, 0], [-1, -1, this.options.capacity - end, -1]);
      return concat(
        [before, rows, behind].filter(({ size }) => size > 0),
        2,
      );
    });
  }

  /** One past the last slot of new rows behind the filled ones. */
  #endOf({ shape: [, , rows] }: Tensor4D): number {
    this.#assertAlive();
    const { capacity } = this.options;
    if (this.#length + rows > capacity) {
      throw new OptionError(
        `extend: ${rows} rows must fit behind the ${this.#length} that fill a capacity of ${capacity}. Open the state with a capacity of at least ${this.#length + rows}.`,
        'RANGE',
      );
    }
    return this.#length + rows;
  }

  #assertAlive(): void {
    if (this.#isDisposed) {
      throw new ResourceError(
        'KvCache: must not be used after dispose(). Open a new state.',
        'DISPOSED',
      );
    }
  }
}
