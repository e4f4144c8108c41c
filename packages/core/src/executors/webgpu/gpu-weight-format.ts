/** How the webgpu executor stores matrices: as they are, as half floats, or as small integers with scales. */
export type GpuWeightFormat = 'f32' | 'f16' | 'int8' | 'int4';

/** All formats, from exact to small. */
export const gpuWeightFormats: readonly GpuWeightFormat[] = ['f32', 'f16', 'int8', 'int4'];
