import { activateWgsl } from './activate.wgsl.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';

/** What follows a product. */
export type Ending =
  /** Writes the rows. */
  | { readonly kind: 'store' }
  /** Activates them; in a gated unit fours of gates and of what they open alternate. */
  | { readonly kind: 'activate'; readonly activation: number; readonly isGated: boolean }
  /** Adds them to the residual stream, multiplied by a vector of the condition where it has one. */
  | { readonly kind: 'residual'; readonly hasGate: boolean }
  /** Rotates queries and keys; keys and values go to the cache. */
  | { readonly kind: 'heads'; readonly hasAngles: boolean };

/** `finish(row, group, low, high)`: eight outputs of one row on their way to memory. */
export function finishWgsl(ending: Ending, format: GpuWeightFormat): string {
  const scaled = format === 'int8' ? ` * floats(kernel.scales + four)` : '';
  return /* wgsl */ `
fn complete(four: u32, value: vec4<f32>) -> vec4<f32> {
  return value${scaled} + floats(kernel.bias + four);
}
${endingWgsl(ending)}`;
}

function endingWgsl(ending: Ending): string {
  if (ending.kind === 'activate' && ending.isGated) {
    return /* wgsl */ `${activateWgsl(ending.activation)}
fn finish(row: u32, group: u32, low: vec4<f32>, high: vec4<f32>) {
  if (group >= kernel.outputs) { return; }
  let opened = activate(complete(2u * group, low)) * complete(2u * group + 1u, high);
  arena[kernel.out + row * kernel.outputs + group] = opened;
}
`;
  }
  return /* wgsl */ `${putWgsl(ending)}
fn finish(row: u32, group: u32, low: vec4<f32>, high: vec4<f32>) {
  let four = 2u * group;
  if (four < kernel.outputs) { put(row, four, complete(four, low)); }
  if (four + 1u < kernel.outputs) { put(row, four + 1u, complete(four + 1u, high)); }
}
`;
}

function putWgsl(ending: Ending): string {
  switch (ending.kind) {
    case 'store':
      return put('arena[kernel.out + row * kernel.outputs + four] = value;');
    case 'activate':
      return (
        activateWgsl(ending.activation) +
        put('arena[kernel.out + row * kernel.outputs + four] = activate(value);')
      );
    case 'residual':
      return put(`let at = kernel.out + row * kernel.outputs + four;
  arena[at] += value${ending.hasGate ? ' * arena[kernel.gate + (row / turn.positions) * kernel.conditionStride + four]' : ''};`);
    case 'heads':
      return put(headsBody(ending.hasAngles));
  }
}

const put = (body: string): string => /* wgsl */ `
fn put(row: u32, four: u32, value: vec4<f32>) {
  ${body}
}
`;

const headsBody = (hasAngles: boolean): string => /* wgsl */ `let fours = kernel.headFours;
  let head = four / fours;
  let slot = turn.start + row % turn.positions;
  var turned = value;
  ${
    hasAngles
      ? `if (head < kernel.heads + kernel.groups) {
    let angle = arena[kernel.angles + slot * fours + four % fours];
    turned = value * angle.xxzz + vec4(-value.y, value.x, -value.w, value.z) * angle.yyww;
  }`
      : ''
  }
  if (head < kernel.heads) {
    arena[kernel.out + row * kernel.heads * fours + four] = turned;
    return;
  }
  let group = head - kernel.heads;
  let which = select(0u, 1u, group >= kernel.groups);
  let place = ((row / turn.positions) * 2u + which) * kernel.groups + group - which * kernel.groups;
  remember(kernel.cache + (place * kernel.capacity + slot) * fours + four % fours, turned);`;
