/**
 * How an executor stores matrices: as they are, the upper half of each float, or small integers with scales. With the
 * integers the rows that meet them are rounded to bytes, a scale for each group of neighbours.
 */
export type WeightFormat = 'f32' | 'bf16' | 'int8' | 'int4';

/** All formats, from exact to small. */
export const weightFormats: readonly WeightFormat[] = ['f32', 'bf16', 'int8', 'int4'];
