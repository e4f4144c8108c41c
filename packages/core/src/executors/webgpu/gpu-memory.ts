import { ResourceError } from '../../errors.ts';
import { bufferUsage } from './device.ts';
import type { GpuBuffer, GpuDevice } from './device.ts';
import { readable } from './memory-plan.ts';

/** A buffer to make. */
export interface BufferRequest {
  readonly label: string;
  readonly bytes: number;
  readonly usage: number;
}

/** Usage of buffers that kernels read and write, filled by the host and copied from. */
export const storageUsage: number =
  bufferUsage.storage | bufferUsage.copyTarget | bufferUsage.copySource;

/** Smallest buffer: a binding may not be empty. */
const leastBytes = 256;
/** Bytes of one write at most, so that a driver's staging stays small. */
const pieceBytes = 16 * 2 ** 20;

/** Bytes of the buffer that is made for so many. */
export function bufferBytes(bytes: number): number {
  return Math.max(leastBytes, bytes);
}

/**
 * Makes buffers, all or none. They start as zeros.
 *
 * @throws {ResourceError} OOM if the device refuses.
 */
export async function allocate(
  device: GpuDevice,
  requests: readonly BufferRequest[],
): Promise<GpuBuffer[]> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const buffers = requests.map(({ label, bytes, usage }) =>
    device.createBuffer({ label, size: bufferBytes(bytes), usage }),
  );
  const [invalid, full] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const error = full ?? invalid;
  if (error === null) return buffers;
  for (const buffer of buffers) buffer.destroy();
  const sum = requests.reduce((bytes, request) => bytes + request.bytes, 0);
  const largest = requests.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  throw new ResourceError(
    `webgpu executor: ${readable(sum)} must be free on the device, of which ${largest.label} ${readable(largest.bytes)}, it refused: ${error.message} Generate fewer items at once or choose a smaller weight format.`,
    'OOM',
  );
}

/** Writes values in pieces. */
export function writeInPieces(
  device: GpuDevice,
  { buffer, at }: { readonly buffer: GpuBuffer; readonly at: number },
  values: Uint8Array | Float32Array | Int32Array,
): void {
  const { byteOffset, byteLength } = values;
  // Tensors and packed matrices lie in plain buffers.
  const data = values.buffer as ArrayBuffer;
  for (let from = 0; from < byteLength; from += pieceBytes) {
    const size = Math.min(pieceBytes, byteLength - from);
    device.queue.writeBuffer(buffer, at + from, data, byteOffset + from, size);
  }
}
