import type { GpuWeightFormat } from './gpu-weight-format.ts';

/** Fours of elements that one 16-byte load of a format holds. */
export const foursOfLoad: Readonly<Record<GpuWeightFormat, number>> = {
  f32: 1,
  f16: 2,
  int8: 4,
  int4: 8,
};

/** Fours of elements that a lane of a product of few rows decodes at once: small formats spread over more lanes. */
export const foursOfTask: Readonly<Record<GpuWeightFormat, 1 | 2>> = {
  f32: 1,
  f16: 2,
  int8: 2,
  int4: 2,
};

/** Expression of what a task decodes: the load at a place, or the words of it that hold its two fours. */
export function wordOfTask(format: GpuWeightFormat, place: string, task: string): string {
  const word = `weights[${place}]`;
  if (format === 'int8')
    return `vec2(${word}[2u * (${task} % 2u)], ${word}[2u * (${task} % 2u) + 1u])`;
  return format === 'int4' ? `vec2(${word}[${task} % 4u])` : word;
}

/** Expression of four elements: number `four` of the load `word`, without the scale of int4. */
export function decodedFour(format: GpuWeightFormat, word: string, four: number): string {
  if (format === 'f32') return `bitcast<vec4<f32>>(${word})`;
  if (format === 'f16') {
    const [low, high] = [2 * four, 2 * four + 1];
    return `vec4(unpack2x16float(${word}[${low}]), unpack2x16float(${word}[${high}]))`;
  }
  if (format === 'int8') return `unpack4x8snorm(${word}[${four}])`;
  const shift = 16 * (four & 1);
  const shifts = [0, 4, 8, 12].map((bits) => `${bits + shift}u`).join(', ');
  return `(vec4<f32>((vec4(${word}[${four >> 1}]) >> vec4(${shifts})) & vec4(15u)) - 8.0)`;
}

/** Any four elements of a row of a matrix, complete with the scale of int4. */
export function weightFourWgsl(format: GpuWeightFormat): string {
  const loads = foursOfLoad[format];
  const cases = Array.from(
    { length: loads },
    (_, four) => `    case ${four}u: { value = ${decodedFour(format, 'word', four)}; }`,
  );
  return /* wgsl */ `
fn weightFour(row: u32, four: u32) -> vec4<f32> {
  let load = row * (kernel.inner / ${loads}u) + four / ${loads}u;
  let word = weights[kernel.weight + load];
  var value = vec4<f32>();
  switch (four % ${loads}u) {
${cases.join('\n')}
    default: {}
  }
  return value${format === 'int4' ? ` * scaleOfLoad(load)` : ''};
}
${format === 'int4' ? scaleOfLoadWgsl : ''}`;
}

/** Scale of the group of 32 that an int4 load holds. */
export const scaleOfLoadWgsl: string = /* wgsl */ `
fn scaleOfLoad(load: u32) -> f32 {
  return bitcast<f32>(weights[kernel.scales + load / 4u][load % 4u]);
}
`;
