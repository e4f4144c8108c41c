import type { CacheFormat } from './bindings.wgsl.ts';

/** How the webgpu executor stores matrices: as they are, as half floats, or as small integers with scales. */
export type GpuWeightFormat = 'f32' | 'f16' | 'int8' | 'int4';

/** All formats, from exact to small. */
export const gpuWeightFormats: readonly GpuWeightFormat[] = ['f32', 'f16', 'int8', 'int4'];

/** How keys and values are stored beside weights of a format, unless asked otherwise. */
export function usualCacheFormat(format: GpuWeightFormat): CacheFormat {
  return format === 'f32' ? 'f32' : 'f16';
}
