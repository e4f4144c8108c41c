import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { headPlacesWgsl, queryScaleWgsl, slotWgsl } from './sight.wgsl.ts';

/** What the attention kernels know at compile time. */
export interface AttendOptions {
  readonly headFours: number;
  /** Whether queries and keys have unit length and a learned factor. */
  readonly isCosine: boolean;
  readonly cacheFormat: CacheFormat;
}

const lanes = 64;
/** Slots scored between two barriers. */
export const slotsOfBlock = 256;

/**
 * Attention of one head of one row over one part of the slots it sees: scores by a lane a slot, then the weighted sum
 * of the values by a lane a four of the head. Writes the sum as it is, and (maximum, sum of weights) beside it.
 */
export function attendRowWgsl({ headFours, isCosine, cacheFormat }: AttendOptions): string {
  const strands = Math.floor(lanes / headFours);
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${slotWgsl}
${queryScaleWgsl(isCosine)}
var<workgroup> scores: array<f32, ${slotsOfBlock}>;
var<workgroup> peaks: array<f32, ${lanes}>;
var<workgroup> mixtures: array<vec4<f32>, ${lanes}>;
var<workgroup> shares: array<f32, ${lanes}>;

${scoreWgsl(headFours, isCosine)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = workgroup.x;
  let row = workgroup.y;
  let split = workgroup.z;
  let sequence = row / turn.positions;
${headPlacesWgsl(headFours)}
  let own = turn.start + row % turn.positions;
  let seen = turn.end - turn.begin + turn.isSelfSeen;
  let share = (seen + turn.splits - 1u) / turn.splits;
  let last = min(seen, (split + 1u) * share);
  let four = lane % ${headFours}u;
  let strand = lane / ${headFours}u;
  var most = -3.0e38;
  var weight = 0.0;
  var mixed = vec4(0.0);
  for (var block = split * share; block < last; block += ${slotsOfBlock}u) {
    let count = min(${slotsOfBlock}u, last - block);
    var peak = -3.0e38;
    for (var i = lane; i < count; i += ${lanes}u) {
      let score = scale * scoreOf(query, keys + slotOf(block + i, own) * ${headFours}u);
      scores[i] = score;
      peak = max(peak, score);
    }
    peaks[lane] = peak;
    workgroupBarrier();
    var next = most;
    for (var i = 0u; i < min(${lanes}u, count); i++) { next = max(next, peaks[i]); }
    let shrink = exp(most - next);
    most = next;
    weight *= shrink;
    mixed *= shrink;
    if (strand < ${strands}u) {
      for (var i = strand; i < count; i += ${strands}u) {
        let w = exp(scores[i] - most);
        weight += w;
        mixed += w * cached(values + slotOf(block + i, own) * ${headFours}u + four);
      }
    }
    workgroupBarrier();
  }
${joinWgsl(headFours, strands)}
}
`;
}

const scoreWgsl = (headFours: number, isCosine: boolean): string => /* wgsl */ `
fn scoreOf(query: u32, key: u32) -> f32 {
  var sum = 0.0;
  ${isCosine ? 'var squares = 0.0;' : ''}
  for (var four = 0u; four < ${headFours}u; four++) {
    let k = cached(key + four);
    sum += dot(arena[query + four], k);
    ${isCosine ? 'squares += dot(k, k);' : ''}
  }
  return ${isCosine ? 'sum / max(sqrt(squares), 1e-12)' : 'sum'};
}
`;

/** Sums what the strands of lanes gathered. */
const joinWgsl = (headFours: number, strands: number): string => /* wgsl */ `
  mixtures[lane] = mixed;
  shares[lane] = weight;
  workgroupBarrier();
  if (lane < ${headFours}u) {
    var sum = vec4(0.0);
    var all = 0.0;
    for (var i = 0u; i < ${strands}u; i++) {
      sum += mixtures[i * ${headFours}u + lane];
      all += shares[i * ${headFours}u];
    }
    let part = (row * turn.splits + split) * kernel.heads + head;
    arena[kernel.out + part * ${headFours}u + lane] = sum;
    if (lane == 0u) { arena[kernel.statistics + part] = vec4(most, all, 0.0, 0.0); }
  }`;
