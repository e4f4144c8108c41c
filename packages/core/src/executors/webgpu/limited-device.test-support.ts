import type { GpuDevice } from './device.ts';

/** The same device with other limits. */
export function withLimits(device: GpuDevice, changed: Partial<GpuDevice['limits']>): GpuDevice {
  const {
    maxBufferSize,
    maxStorageBufferBindingSize,
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupStorageSize,
  } = device.limits;
  const limits = {
    maxBufferSize,
    maxStorageBufferBindingSize,
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupStorageSize,
    ...changed,
  };
  return new Proxy(device, {
    get: (target, name) => {
      const value: unknown = name === 'limits' ? limits : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
