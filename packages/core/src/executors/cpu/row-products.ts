import { firstFree } from './machine.ts';
import type { Machine } from './machine.ts';
import { outputRows, packF32 } from './pack-weights.ts';
import type { OutputRows } from './pack-weights.ts';
import { formatNumbers } from './place-weights.ts';
import { multiplyRecord, recordWords } from './records.ts';
import type { Address, MachineRecord } from './records.ts';
import { RegionLayout } from './region.ts';

/** Pictures, their filter, and the zeros around them: a convolution of stride 1. */
export interface Convolution {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputs: number;
  readonly kernel: readonly [height: number, width: number];
  /** Zeros above, below, left and right. */
  readonly padding: readonly [top: number, bottom: number, left: number, right: number];
}

/** A matrix in the order of f32 products, or one for each row of a filter. */
export type PackedFilter = readonly OutputRows[];

/** Values of `out` that one band of rows writes: it stays in the processor's second cache between filter rows. */
const bandValues = 1 << 17;

/** A filter `[kernel, kernel, C, E]` or a matrix `[1, 1, K, E]` in the machine's order. */
export function packFilter(
  filter: Float32Array,
  { channels, outputs, kernel }: Pick<Convolution, 'channels' | 'outputs' | 'kernel'>,
): PackedFilter {
  const inner = kernel[1] * channels;
  return Array.from({ length: kernel[0] }, (_, row) => {
    const matrix = filter.subarray(row * inner * outputs, (row + 1) * inner * outputs);
    const rows = outputRows([matrix], { inner, outputs });
    const values = new Float32Array(rows.values.length);
    packF32(rows, values);
    return { ...rows, values };
  });
}

/**
 * Convolves pictures on the machine. In a padded picture, the window of a row of the filter is one contiguous row of
 * values, so each row of the filter is a product whose rows overlap; where a window leaves the right side, its
 * result is not read.
 *
 * @param x  `[B, H, W, C]`.
 * @param out  `[B, H', W', E]`, filled.
 * @throws {ResourceError} OOM if the pictures do not fit.
 */
export function convolve(
  machine: Machine,
  sizes: Convolution,
  {
    x,
    filter,
    out,
  }: { readonly x: Float32Array; readonly filter: PackedFilter; readonly out: Float32Array },
): void {
  const { batch, height, width, channels, kernel, padding } = sizes;
  const lines = height + padding[0] + padding[1];
  const pitch = width + padding[2] + padding[3];
  const { inner, outputs } = filter[0];
  const rows = (batch * lines - kernel[0] + 1) * pitch - kernel[1] + 1;
  const bandRows = Math.max(2, Math.floor(bandValues / outputs) & ~1);
  const count = Math.ceil(rows / bandRows) * kernel[0];
  const layout = new RegionLayout(firstFree);
  const at = {
    x: layout.words('padded pictures', batch * lines * pitch * channels),
    weight: layout.words('filter', kernel[0] * inner * outputs),
    out: layout.words('convolved pictures', rows * outputs),
    records: layout.words('records', count * recordWords),
  };
  layout.assertFits();
  machine.reserve(layout.end);
  placePadded(machine.floats(at.x, batch * lines * pitch * channels), x, sizes);
  filter.forEach(({ values }, row) =>
    machine.floats(at.weight + 4 * row * values.length, values.length).set(values),
  );
  const shape = { rows, bandRows, pitch, channels, inner, outputs, filterRows: kernel[0] };
  machine.write(at.records, bandRecords(at, shape));
  machine.run({
    records: at.records,
    count,
    sequences: 1,
    positions: 1,
    fill: 0,
    visible: { begin: 0, end: 0, isSelfSeen: false },
  });
  readOut(machine.floats(at.out, rows * outputs), out, { sizes, lines, pitch, outputs });
}

/** One product for each band of rows and row of the filter; the first replaces, the others add. */
function bandRecords(
  at: { readonly x: Address; readonly weight: Address; readonly out: Address },
  shape: {
    readonly rows: number;
    readonly bandRows: number;
    readonly pitch: number;
    readonly channels: number;
    readonly inner: number;
    readonly outputs: number;
    readonly filterRows: number;
  },
): MachineRecord[] {
  const { rows, bandRows, pitch, channels, inner, outputs, filterRows } = shape;
  const records: MachineRecord[] = [];
  for (let first = 0; first < rows; first += bandRows) {
    for (let row = 0; row < filterRows; row++) {
      records.push(
        multiplyRecord({
          x: at.x + 4 * (row * pitch + first) * channels,
          weight: at.weight + 4 * row * inner * outputs,
          format: formatNumbers.f32,
          inner,
          outputs,
          out: at.out + 4 * first * outputs,
          outStride: outputs,
          isResidual: row > 0,
          rows: Math.min(bandRows, rows - first),
          xStride: channels,
        }),
      );
    }
  }
  return records;
}

function placePadded(
  target: Float32Array,
  x: Float32Array,
  { batch, height, width, channels, padding: [top, bottom, left, right] }: Convolution,
): void {
  if (top + bottom + left + right === 0) {
    target.set(x);
    return;
  }
  target.fill(0);
  const pitch = (width + left + right) * channels;
  for (let item = 0; item < batch; item++) {
    for (let line = 0; line < height; line++) {
      const from = (item * height + line) * width * channels;
      const to = (item * (height + top + bottom) + top + line) * pitch + left * channels;
      target.set(x.subarray(from, from + width * channels), to);
    }
  }
}

function readOut(
  values: Float32Array,
  out: Float32Array,
  {
    sizes,
    lines,
    pitch,
    outputs,
  }: {
    readonly sizes: Convolution;
    readonly lines: number;
    readonly pitch: number;
    readonly outputs: number;
  },
): void {
  const height = lines - sizes.kernel[0] + 1;
  const width = pitch - sizes.kernel[1] + 1;
  for (let item = 0; item < sizes.batch; item++) {
    for (let line = 0; line < height; line++) {
      const from = (item * lines + line) * pitch;
      const to = (item * height + line) * width;
      copyRows(values.subarray(from * outputs), out.subarray(to * sizes.outputs), {
        count: width,
        from: outputs,
        to: sizes.outputs,
      });
    }
  }
}

/** Rows of `from` values each to rows of the first `to` of them. */
function copyRows(
  values: Float32Array,
  out: Float32Array,
  { count, from, to }: { readonly count: number; readonly from: number; readonly to: number },
): void {
  if (from === to) {
    out.set(values.subarray(0, count * to));
    return;
  }
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < to; column++) {
      out[row * to + column] = values[row * from + column];
    }
  }
}
