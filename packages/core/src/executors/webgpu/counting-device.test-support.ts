import { bufferUsage } from './device.ts';
import type { GpuBuffer, GpuDevice } from './device.ts';

/** What a device was asked for. */
export interface DeviceCounts {
  /** Objects made, encoders excepted. */
  made: number;
  encoders: number;
  dispatches: number;
  /** Buffers set to zeros. */
  cleared: number;
  /** Milliseconds from an encoder to its submission. */
  encodeMs: number;
  /** Buffers made and not destroyed. */
  buffers: number;
  /** Bytes of the largest buffer that a kernel may bind as storage. */
  largest: number;
}

/** A device that counts, in front of another. */
export function countingDevice(device: GpuDevice): {
  readonly device: GpuDevice;
  readonly counts: DeviceCounts;
} {
  const counts: DeviceCounts = {
    made: 0,
    encoders: 0,
    dispatches: 0,
    cleared: 0,
    encodeMs: 0,
    buffers: 0,
    largest: 0,
  };
  let encodingSince = 0;
  const counted: Partial<GpuDevice> = {
    queue: {
      writeBuffer: device.queue.writeBuffer.bind(device.queue),
      submit: (commands) => {
        device.queue.submit(commands);
        counts.encodeMs += performance.now() - encodingSince;
      },
    },
    createBuffer: (descriptor) => {
      counts.buffers++;
      if (descriptor.usage & bufferUsage.storage) {
        counts.largest = Math.max(counts.largest, descriptor.size);
      }
      return countedBuffer(device.createBuffer(descriptor), () => counts.buffers--);
    },
    createCommandEncoder: () => {
      counts.encoders++;
      counts.made--;
      encodingSince = performance.now();
      const encoder = device.createCommandEncoder();
      const clear = encoder.clearBuffer.bind(encoder);
      encoder.clearBuffer = (buffer) => {
        counts.cleared++;
        clear(buffer);
      };
      const begin = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = () => {
        const pass = begin();
        const dispatch = pass.dispatchWorkgroups.bind(pass);
        pass.dispatchWorkgroups = (...grid) => {
          counts.dispatches++;
          dispatch(...grid);
        };
        return pass;
      };
      return encoder;
    },
  };
  const proxy = new Proxy(device, {
    get(target, name) {
      const own: unknown = Reflect.get(counted, name);
      const value: unknown = own ?? Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (String(name).startsWith('create')) counts.made++;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { device: proxy, counts };
}

/** The device's own buffer, whose first destruction is noted. */
function countedBuffer(buffer: GpuBuffer, note: () => void): GpuBuffer {
  const destroy = buffer.destroy.bind(buffer);
  let isDestroyed = false;
  buffer.destroy = () => {
    if (!isDestroyed) note();
    isDestroyed = true;
    destroy();
  };
  return buffer;
}
