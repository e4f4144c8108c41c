import type { AttendOptions } from './attend-row.wgsl.ts';
import { bindingsWgsl } from './bindings.wgsl.ts';
import { headPlacesWgsl, queryScaleWgsl } from './sight.wgsl.ts';

/** Queries of one workgroup. */
export const queriesOfTile = 16;

/** Keys that fit in workgroup memory together with their values. */
function keysOfTile(headFours: number): number {
  return headFours <= 16 ? 16 : headFours <= 32 ? 8 : 4;
}

/**
 * Attention of sixteen queries of one head (Dao et al. 2022, FlashAttention): tiles of keys and values go through
 * workgroup memory, softmax is corrected as larger scores appear. Four lanes share a query: each scores a quarter of
 * the keys and sums a quarter of the head.
 */
export function attendTileWgsl({ headFours, isCosine, cacheFormat }: AttendOptions): string {
  const tile = keysOfTile(headFours);
  const quarter = tile / 4;
  const own = Math.ceil(headFours / 4);
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${queryScaleWgsl(isCosine)}
var<workgroup> keyTile: array<vec4<f32>, ${tile * headFours}>;
var<workgroup> valueTile: array<vec4<f32>, ${tile * headFours}>;
var<workgroup> scores: array<f32, ${queriesOfTile * tile}>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = workgroup.x;
  let sequence = workgroup.z;
  let which = lane / 4u;
  let part = lane % 4u;
  let position = min(workgroup.y * ${queriesOfTile}u + which, turn.positions - 1u);
  let row = sequence * turn.positions + position;
${headPlacesWgsl(headFours)}
  var most = -3.0e38;
  var weight = 0.0;
  var mixed = array<vec4<f32>, ${own}>();
  for (var first = turn.begin; first < turn.end; first += ${tile}u) {
    let count = min(${tile}u, turn.end - first);
    for (var i = lane; i < ${tile * headFours}u; i += 64u) {
      // What lies behind the last slot is finite: it counts nothing.
      let slot = min(first + i / ${headFours}u, turn.end - 1u);
      keyTile[i] = cached(keys + slot * ${headFours}u + i % ${headFours}u);
      valueTile[i] = cached(values + slot * ${headFours}u + i % ${headFours}u);
    }
    workgroupBarrier();
    var sums = array<f32, ${quarter}>();
    ${isCosine ? `var squares = array<f32, ${quarter}>();` : ''}
    for (var four = 0u; four < ${headFours}u; four++) {
      let q = arena[query + four];
      for (var i = 0u; i < ${quarter}u; i++) {
        let k = keyTile[(part * ${quarter}u + i) * ${headFours}u + four];
        sums[i] += dot(q, k);
        ${isCosine ? 'squares[i] += dot(k, k);' : ''}
      }
    }
    for (var i = 0u; i < ${quarter}u; i++) {
      let score = scale * sums[i]${isCosine ? ' / max(sqrt(squares[i]), 1e-12)' : ''};
      scores[which * ${tile}u + part * ${quarter}u + i] = score;
    }
    workgroupBarrier();
    var next = most;
    for (var i = 0u; i < count; i++) { next = max(next, scores[which * ${tile}u + i]); }
    let shrink = exp(most - next);
    most = next;
    weight *= shrink;
    for (var i = 0u; i < ${own}u; i++) { mixed[i] *= shrink; }
    for (var key = 0u; key < count; key++) {
      let w = exp(scores[which * ${tile}u + key] - most);
      weight += w;
      for (var i = 0u; i < ${own}u; i++) {
        let four = min(part + 4u * i, ${headFours - 1}u);
        mixed[i] += w * valueTile[key * ${headFours}u + four];
      }
    }
    workgroupBarrier();
  }
${ownSlotWgsl(headFours, isCosine)}
  if (workgroup.y * ${queriesOfTile}u + which >= turn.positions) { return; }
  for (var i = 0u; i < ${own}u; i++) {
    let four = part + 4u * i;
    if (four < ${headFours}u) { arena[kernel.out + (row * kernel.heads + head) * ${headFours}u + four] = mixed[i] / weight; }
  }
}
`;
}

/** The slot of each row itself, where it lies behind those that all rows see. */
const ownSlotWgsl = (headFours: number, isCosine: boolean): string => /* wgsl */ `
  if (turn.isSelfSeen == 1u) {
    let slot = (turn.start + position) * ${headFours}u;
    var sum = 0.0;
    var squares = 0.0;
    for (var four = 0u; four < ${headFours}u; four++) {
      let k = cached(keys + slot + four);
      sum += dot(arena[query + four], k);
      squares += dot(k, k);
    }
    let score = scale * sum${isCosine ? ' / max(sqrt(squares), 1e-12)' : ''};
    let next = max(most, score);
    let shrink = exp(most - next);
    let w = exp(score - next);
    weight = weight * shrink + w;
    for (var i = 0u; i < ${Math.ceil(headFours / 4)}u; i++) {
      let four = min(part + 4u * i, ${headFours - 1}u);
      mixed[i] = mixed[i] * shrink + w * cached(values + slot + four);
    }
  }`;
