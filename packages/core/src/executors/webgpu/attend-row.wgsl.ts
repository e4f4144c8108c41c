import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { tuning } from './tuning.ts';
import { headPlacesWgsl, queryScaleWgsl, slotWgsl } from './sight.wgsl.ts';

/** What the attention kernels know at compile time. */
export interface AttendOptions {
  readonly headFours: number;
  /** Whether queries and keys have unit length and a learned factor. */
  readonly isCosine: boolean;
  readonly cacheFormat: CacheFormat;
}

const lanes = 64;
const loads = tuning.attendLoads;
/** Words of workgroup memory for the products of a block; every device gives four times as many bytes. */
const mostWords = 3072;

/**
 * Attention of one head of one row over one part of the slots it sees: scores by as many lanes a slot as the head has
 * fours, so that neighbouring lanes read neighbouring words, then the weighted sum of the values likewise. Writes the
 * sum as it is, and (maximum, sum of weights) beside it.
 */
export function attendRowWgsl({ headFours, isCosine, cacheFormat }: AttendOptions): string {
  const strands = Math.floor(lanes / headFours);
  // One more word a slot keeps the lanes that add up slots in different banks.
  const stride = headFours + 1;
  const words = isCosine ? 2 * stride : stride;
  // Whole rounds of loads.
  const round = loads * strands;
  const slotsOfBlock =
    round * Math.max(1, Math.floor(Math.min(tuning.attendedSlots, mostWords / words) / round));
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${slotWgsl}
${queryScaleWgsl(isCosine)}
var<workgroup> products: array<f32, ${slotsOfBlock * stride}>;
${isCosine ? `var<workgroup> squares: array<f32, ${slotsOfBlock * stride}>;` : ''}
var<workgroup> scores: array<f32, ${slotsOfBlock}>;
var<workgroup> peaks: array<f32, ${lanes}>;
var<workgroup> mixtures: array<vec4<f32>, ${lanes}>;
var<workgroup> shares: array<f32, ${lanes}>;

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
  let q = arena[query + four];
  var most = -3.0e38;
  var weight = 0.0;
  var mixed = vec4(0.0);
  for (var block = split * share; block < last; block += ${slotsOfBlock}u) {
    let count = min(${slotsOfBlock}u, last - block);
    if (strand < ${strands}u) {
      for (var i = strand; i < count; i += ${round}u) {
${each((at) => `let k${at} = cached(keys + slotOf(min(block + i + ${at * strands}u, last - 1u), own) * ${headFours}u + four);`)}
${each((at) => `products[(i + ${at * strands}u) * ${stride}u + four] = dot(q, k${at});`)}
${isCosine ? each((at) => `squares[(i + ${at * strands}u) * ${stride}u + four] = dot(k${at}, k${at});`) : ''}
      }
    }
    workgroupBarrier();
    var peak = -3.0e38;
    for (var i = lane; i < count; i += ${lanes}u) {
${scoreWgsl(headFours, stride, isCosine)}
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
      for (var i = strand; i < count; i += ${round}u) {
${each((at) => `let v${at} = cached(values + slotOf(min(block + i + ${at * strands}u, last - 1u), own) * ${headFours}u + four);`)}
${each((at) => `let w${at} = select(0.0, exp(scores[i + ${at * strands}u] - most), i + ${at * strands}u < count);`)}
${each(
  (at) => `weight += w${at};
        mixed += w${at} * v${at};`,
)}
      }
    }
    workgroupBarrier();
  }
${joinWgsl(headFours, strands)}
}
`;
}

/** A line for each load of a round. */
const each = (line: (at: number) => string): string =>
  Array.from({ length: loads }, (_, at) => `        ${line(at)}`).join('\n');

/** The score of slot `i` of a block from the products of its fours. */
const scoreWgsl = (headFours: number, stride: number, isCosine: boolean): string => /* wgsl */ `
      var sum = 0.0;
      ${isCosine ? 'var length = 0.0;' : ''}
      for (var part = 0u; part < ${headFours}u; part++) {
        sum += products[i * ${stride}u + part];
        ${isCosine ? `length += squares[i * ${stride}u + part];` : ''}
      }
      let score = scale * ${isCosine ? 'sum / max(sqrt(length), 1e-12)' : 'sum'};`;

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
