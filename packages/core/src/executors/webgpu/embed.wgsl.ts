import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';

/** What feeds the rows that this kernel makes. */
export interface EmbedOptions {
  readonly cacheFormat: CacheFormat;
  /** Whether every position has a row of its own that is added. */
  readonly hasAdded: boolean;
}

/** Rows of the tokens of the step before, start rows at the first step, one workgroup a row. */
export const embedWgsl = ({ cacheFormat, hasAdded }: EmbedOptions): string => /* wgsl */ `
${bindingsWgsl(cacheFormat)}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup.x;
  let sequence = row / turn.positions;
  let position = turn.start + row % turn.positions;
  var id = 0u;
  if (turn.start > 0u) {
    id = u32(max(state[kernel.ids + (position - turn.positions) * kernel.items + sequence % kernel.items], 0));
  }
  for (var four = lane; four < kernel.inner; four += 64u) {
    var value = arena[kernel.starts + sequence * kernel.inner + four];
    if (turn.start > 0u) { value = floats(kernel.table + id * kernel.inner + four); }
    ${hasAdded ? 'value += floats(kernel.added + position * kernel.inner + four);' : ''}
    arena[kernel.out + row * kernel.inner + four] = value;
  }
}
`;
