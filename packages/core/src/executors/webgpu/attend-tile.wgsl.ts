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
  const fourOf = lastFour(headFours);
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
${each(headFours, (four) => `  let q${four} = arena[query + ${four}u];`)}
${each(own, (i) => `  var mixed${i} = vec4(0.0);`)}
  for (var first = turn.begin; first < turn.end; first += ${tile}u) {
    let count = min(${tile}u, turn.end - first);
    for (var i = lane; i < ${tile * headFours}u; i += 64u) {
      // What lies behind the last slot is finite: it counts nothing.
      let slot = min(first + i / ${headFours}u, turn.end - 1u);
      keyTile[i] = cached(keys + slot * ${headFours}u + i % ${headFours}u);
      valueTile[i] = cached(values + slot * ${headFours}u + i % ${headFours}u);
    }
    workgroupBarrier();
    for (var i = 0u; i < ${quarter}u; i++) {
      let key = (part * ${quarter}u + i) * ${headFours}u;
      var sum = 0.0;
      ${isCosine ? 'var squares = 0.0;' : ''}
${each(headFours, (four) => `      let k${four} = keyTile[key + ${four}u];\n      sum += dot(q${four}, k${four});${isCosine ? ` squares += dot(k${four}, k${four});` : ''}`)}
      let score = scale * sum${isCosine ? ' / max(sqrt(squares), 1e-12)' : ''};
      scores[which * ${tile}u + part * ${quarter}u + i] = score;
    }
    workgroupBarrier();
    var next = most;
    for (var i = 0u; i < count; i++) { next = max(next, scores[which * ${tile}u + i]); }
    let shrink = exp(most - next);
    most = next;
    weight *= shrink;
${each(own, (i) => `    mixed${i} *= shrink;`)}
    for (var key = 0u; key < count; key++) {
      let w = exp(scores[which * ${tile}u + key] - most);
      weight += w;
${each(own, (i) => `      mixed${i} += w * valueTile[key * ${headFours}u + ${fourOf(i)}];`)}
    }
    workgroupBarrier();
  }
${ownSlotWgsl(headFours, isCosine)}
  if (workgroup.y * ${queriesOfTile}u + which >= turn.positions) { return; }
  let out = kernel.out + (row * kernel.heads + head) * ${headFours}u;
${each(own, (i) => `  if (part + ${4 * i}u < ${headFours}u) { arena[out + part + ${4 * i}u] = mixed${i} / weight; }`)}
}
`;
}

const each = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

/** The fours of a head that a lane sums, the last one again where the head has no more. */
const lastFour =
  (headFours: number) =>
  (index: number): string =>
    `min(part + ${4 * index}u, ${headFours - 1}u)`;

/** The slot of each row itself, where it lies behind those that all rows see. */
function ownSlotWgsl(headFours: number, isCosine: boolean): string {
  const fourOf = lastFour(headFours);
  return /* wgsl */ `
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
${each(Math.ceil(headFours / 4), (i) => `    mixed${i} = mixed${i} * shrink + w * cached(values + slot + ${fourOf(i)});`)}
  }`;
}
