import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';

/** Codes of a finished scale, looked up and resized to the full map by one matrix for both axes. */
export const enlargeWgsl = (cacheFormat: CacheFormat): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
fn factor(to: u32, source: u32) -> f32 {
  let at = to * kernel.side + source;
  return floats(kernel.resize + at / 4u)[at % 4u];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let cells = kernel.lastSide * kernel.lastSide;
  let at = invocation.x;
  if (at >= kernel.items * cells * kernel.channels) { return; }
  let four = at % kernel.channels;
  let cell = (at / kernel.channels) % cells;
  let item = at / kernel.channels / cells;
  var sum = vec4(0.0);
  for (var y = 0u; y < kernel.side; y++) {
    let vertical = factor(cell / kernel.lastSide, y);
    if (vertical == 0.0) { continue; }
    var line = vec4(0.0);
    for (var x = 0u; x < kernel.side; x++) {
      let horizontal = factor(cell % kernel.lastSide, x);
      if (horizontal == 0.0) { continue; }
      let position = kernel.previous + y * kernel.side + x;
      let id = u32(max(state[kernel.ids + position * kernel.items + item], 0));
      line += horizontal * floats(kernel.table + id * kernel.channels + four);
    }
    sum += vertical * line;
  }
  arena[kernel.out + at] = sum;
}
`;
