import { kernelFields, stepFields } from './kernel-fields.ts';

/** How the cache stores keys and values. */
export type CacheFormat = 'f32' | 'f16';

const members = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, type]) => `  ${name}: ${type},`)
    .join('\n');

/** What all kernels bind: parameters, weights, activations, the cache, and the state of the generation. */
export const bindingsWgsl = (cacheFormat: CacheFormat): string =>
  bindings(cacheFormat, { row: 'vec4<f32>', word: 'i32' });

/** The same for a kernel whose workgroups share rows value by value, and work together through the state. */
export const sharedBindingsWgsl = (cacheFormat: CacheFormat): string => /* wgsl */ `
${bindings(cacheFormat, { row: 'f32', word: 'atomic<u32>' })}
fn valueBeside(at: u32, index: u32) -> f32 {
  return bitcast<f32>(weights[at + index / 4u][index % 4u]);
}
`;

const bindings = (
  cacheFormat: CacheFormat,
  { row, word }: { readonly row: string; readonly word: string },
): string => /* wgsl */ `
struct Kernel {
${members(kernelFields)}
}
struct Step {
${members(stepFields)}
}
@group(0) @binding(0) var<uniform> kernel: Kernel;
@group(0) @binding(1) var<uniform> turn: Step;
@group(0) @binding(2) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> arena: array<${row}>;
@group(0) @binding(4) var<storage, read_write> cache: array<${cacheFormat === 'f32' ? 'vec4<f32>' : 'vec2<u32>'}>;
@group(0) @binding(5) var<storage, read_write> state: array<${word}>;

fn floats(at: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(weights[at]);
}
${cacheFormat === 'f32' ? plainCache : halfCache}`;

const plainCache = /* wgsl */ `
fn cached(at: u32) -> vec4<f32> {
  return cache[at];
}
fn remember(at: u32, value: vec4<f32>) {
  cache[at] = value;
}
`;

const halfCache = /* wgsl */ `
fn cached(at: u32) -> vec4<f32> {
  let pair = cache[at];
  return vec4(unpack2x16float(pair.x), unpack2x16float(pair.y));
}
// A half ends at 65504; beyond it lies infinity.
fn remember(at: u32, value: vec4<f32>) {
  let v = clamp(value, vec4(-65504.0), vec4(65504.0));
  cache[at] = vec2(pack2x16float(v.xy), pack2x16float(v.zw));
}
`;
