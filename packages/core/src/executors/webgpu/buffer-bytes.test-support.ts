import { bufferUsage, mapModeRead } from './device.ts';
import type { GpuBuffer, GpuDevice } from './device.ts';
import { allocate } from './gpu-memory.ts';

/** Everything that a buffer holds. */
export async function bytesOf(device: GpuDevice, buffer: GpuBuffer): Promise<ArrayBuffer> {
  const [reader] = await allocate(device, [
    {
      label: 'reader',
      bytes: buffer.size,
      usage: bufferUsage.mapRead | bufferUsage.copyTarget,
    },
  ]);
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, reader, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await reader.mapAsync(mapModeRead);
  const bytes = reader.getMappedRange().slice(0);
  reader.destroy();
  return bytes;
}
