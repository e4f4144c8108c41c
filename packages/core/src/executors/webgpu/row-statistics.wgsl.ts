import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';

/** Mean (0 of root mean square norms) and 1 / deviation of every row, one workgroup a row. */
export function rowStatisticsWgsl(kind: 'layer' | 'rms', cacheFormat: CacheFormat): string {
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
var<workgroup> sums: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = kernel.x + workgroup.x * kernel.inner;
  // Moments about the row's first value: what all values share cancels before it is squared.
  let about = arena[first].x;
  var own = vec2(0.0);
  for (var four = lane; four < kernel.inner; four += 64u) {
    let x = arena[first + four] - ${kind === 'layer' ? 'about' : '0.0 * about'};
    own += vec2(dot(x, vec4(1.0)), dot(x, x));
  }
  sums[lane] = own;
  workgroupBarrier();
  if (lane == 0u) {
    var all = vec2(0.0);
    for (var i = 0u; i < 64u; i++) { all += sums[i]; }
    let size = f32(4u * kernel.inner);
    let mean = ${kind === 'layer' ? 'all.x / size' : '0.0'};
    let deviation = sqrt(max(all.y / size - mean * mean, 0.0) + kernel.epsilon);
    arena[kernel.statistics + workgroup.x] = vec4(mean${kind === 'layer' ? ' + about' : ''}, 1.0 / deviation, 0.0, 0.0);
  }
}
`;
}
