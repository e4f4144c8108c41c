import { bindingsWgsl } from './bindings.wgsl.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { threefryWgsl } from './threefry.wgsl.ts';
import { tuning } from './tuning.ts';

/** Id written where the logits were not finite. */
export const brokenId = -2;

/** Which work a sampling kernel does. */
export interface SampleOptions {
  readonly cacheFormat: CacheFormat;
  readonly isGuided: boolean;
  /** Temperature 0: the lowest id of the largest logit. */
  readonly isGreedy: boolean;
  readonly hasTopK: boolean;
  readonly hasTopP: boolean;
  readonly hasMinMass: boolean;
}

const lanes = tuning.sampleLanes;
/** Loads that a lane has on their way together. */
const unrolled = 4;
/** Lanes that gather in the first stage of a reduction. */
const strands = 16;

/**
 * One token a workgroup, drawn from logits that stay on the device. Probabilities become whole masses of 2^-30, whose
 * sums do not depend on their order; the borders of top-k and top-p are found bit by bit (a radix select over the
 * order of floats), and the token is the smallest id whose running mass exceeds the draw.
 */
export function sampleWgsl(options: SampleOptions): string {
  const { cacheFormat, isGuided, isGreedy } = options;
  return /* wgsl */ `${bindingsWgsl(cacheFormat)}
${threefryWgsl}
${logitsWgsl(isGuided)}
${reductionsWgsl}
${isGreedy ? greedyWgsl : drawWgsl(options)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let position = workgroup.x;
  let item = workgroup.y;
  let at = (turn.start + position) * kernel.items + item;
  row = item * turn.positions + position;
  fours = (kernel.vocabulary + 3u) / 4u;
  if (lane == 0u) {
    // Where rounding leaves the draw beyond all masses.
    state[kernel.ids + at] = ${brokenId};
  }
  var broken = 0u;
  var most = lowest;
  for (var base = lane; base < fours; base += ${unrolled * lanes}u) {
${eachUnrolled(
  (four, index) => `    let l${index} = logits(${four});
    broken |= brokenAt(${four});`,
)}
${eachUnrolled((_, index) => `    let peak${index} = max(max(l${index}.x, l${index}.y), max(l${index}.z, l${index}.w));`)}
${eachUnrolled((four, index) =>
  isGreedy
    ? `    if (peak${index} > most) { most = peak${index}; best = 4u * (${four}) + firstOf(l${index}, most); }`
    : `    most = max(most, peak${index});`,
)}
  }
  ${isGreedy ? 'own = most;' : ''}
  largest = largestOf(lane, most);
  broken = anyOf(lane, select(broken, 1u, largest <= lowest));
  if (lane == 0u) { verdict = broken; }
  storageBarrier();
  if (workgroupUniformLoad(&verdict) == 1u) { return; }
  choose(lane, item, at);
}

fn keep(at: u32, drawn: u32) {
  let given = state[kernel.given + at];
  state[kernel.ids + at] = select(i32(drawn), given, given >= 0);
}
`;
}

/** Lines for each of the loads of a lane, behind each other: what they read lies behind the vocabulary at worst. */
const eachUnrolled = (line: (four: string, index: number) => string): string =>
  Array.from({ length: unrolled }, (_, index) => line(`base + ${index * lanes}u`, index)).join(
    '\n',
  );

const logitsWgsl = (isGuided: boolean): string => /* wgsl */ `
const lowest = -3.4e38;
var<private> row: u32;
var<private> fours: u32;
var<private> largest: f32;

fn raw(which: u32, four: u32) -> vec4<f32> {
  return arena[kernel.x + which * kernel.outputs + min(four, fours - 1u)];
}

// Behind the vocabulary lies nothing.
fn bounded(four: u32, value: vec4<f32>) -> vec4<f32> {
  let ids = vec4(4u * four) + vec4(0u, 1u, 2u, 3u);
  return select(vec4(lowest), max(value, vec4(lowest)), ids < vec4(kernel.vocabulary));
}

// NaN and +infinity by their bits: arithmetic may assume that there are none. -infinity rules a token out.
fn isBroken(four: u32, value: vec4<f32>, isLowerAllowed: bool) -> u32 {
  let bits = bitcast<vec4<u32>>(value);
  let ids = vec4(4u * four) + vec4(0u, 1u, 2u, 3u);
  let isInfinite = (bits & vec4(0x7fffffffu)) >= vec4(0x7f800000u);
  let isAllowed = (bits == vec4(0xff800000u)) & vec4(isLowerAllowed);
  return select(0u, 1u, any(isInfinite & !isAllowed & (ids < vec4(kernel.vocabulary))));
}
${
  isGuided
    ? /* wgsl */ `
fn brokenAt(four: u32) -> u32 {
  let isPlain = turn.guidanceScale == 1.0;
  let broken = isBroken(four, raw(row, four), isPlain);
  if (isPlain) { return broken; }
  return broken | isBroken(four, raw(row + kernel.items * turn.positions, four), false);
}
fn logits(four: u32) -> vec4<f32> {
  let c = raw(row, four);
  let u = raw(row + kernel.items * turn.positions, four);
  return bounded(four, select(u + turn.guidanceScale * (c - u), c, turn.guidanceScale == 1.0));
}
`
    : /* wgsl */ `
fn brokenAt(four: u32) -> u32 {
  return isBroken(four, raw(row, four), true);
}
fn logits(four: u32) -> vec4<f32> {
  return bounded(four, raw(row, four));
}
`
}`;

/** A reduction over the lanes in two stages, the same in every lane. */
const reductionWgsl = (
  name: string,
  memory: 'floatsOfLanes' | 'wholesOfLanes',
  combine: (a: string, b: string) => string,
): string => {
  const type = memory === 'floatsOfLanes' ? 'f32' : 'u32';
  return /* wgsl */ `
fn ${name}(lane: u32, own: ${type}) -> ${type} {
  ${memory}[lane] = own;
  workgroupBarrier();
  if (lane < ${strands}u) {
    var part = own;
    for (var i = lane + ${strands}u; i < ${lanes}u; i += ${strands}u) { part = ${combine('part', `${memory}[i]`)}; }
    ${memory}[lane] = part;
  }
  workgroupBarrier();
  var all = ${memory}[0];
  for (var i = 1u; i < ${strands}u; i++) { all = ${combine('all', `${memory}[i]`)}; }
  workgroupBarrier();
  return all;
}`;
};

const reductionsWgsl = /* wgsl */ `
var<workgroup> floatsOfLanes: array<f32, ${lanes}>;
var<workgroup> wholesOfLanes: array<u32, ${lanes}>;
var<workgroup> verdict: u32;

${reductionWgsl('largestOf', 'floatsOfLanes', (a, b) => `max(${a}, ${b})`)}
${reductionWgsl('sumOf', 'floatsOfLanes', (a, b) => `${a} + ${b}`)}
${reductionWgsl('anyOf', 'wholesOfLanes', (a, b) => `${a} | ${b}`)}
${reductionWgsl('leastOf', 'wholesOfLanes', (a, b) => `min(${a}, ${b})`)}
`;

const greedyWgsl = /* wgsl */ `
/** The largest logit of the lane, and its lowest id. */
var<private> own: f32 = lowest;
var<private> best: u32 = 0xffffffffu;

/** Which of four is the first of some value. */
fn firstOf(l: vec4<f32>, value: f32) -> u32 {
  return select(select(select(3u, 2u, l.z == value), 1u, l.y == value), 0u, l.x == value);
}
fn choose(lane: u32, item: u32, at: u32) {
  let id = leastOf(lane, select(0xffffffffu, best, own == largest));
  if (lane == 0u) { keep(at, id); }
}
`;

function drawWgsl({ hasTopK, hasTopP, hasMinMass }: SampleOptions): string {
  return /* wgsl */ `
${sumsWgsl}
${hasTopK || hasTopP ? radixWgsl : ''}
fn choose(lane: u32, item: u32, at: u32) {
  var sum = 0.0;
  for (var four = lane; four < fours; four += ${lanes}u) {
    let e = weights_(logits(four));
    sum += dot(e, vec4(1.0));
  }
  unit = 1073741824.0 / sumOf(lane, sum);
${
  hasTopK
    ? `  // The k-th largest logit; what ties with it stays.
  border = radixSelect(lane, false, kernel.topK).x;`
    : ''
}
${hasTopP ? topPWgsl : ''}
  leastLog = kernel.minLog;
${
  hasMinMass
    ? `  let mass = massOfAll(lane);
  leastMass = kernel.minMass * f32(mass);`
    : ''
}
  // Lanes hold ids in order, so that their sums run on.
  let span = (fours + ${lanes - 1}u) / ${lanes}u;
  let first = lane * span;
  let last = min(fours, first + span);
  var own = 0u;
  for (var four = first; four < last; four++) {
    let m = survivingMasses(four);
    own += m.x + m.y + m.z + m.w;
  }
  wholesOfLanes[lane] = own;
  workgroupBarrier();
  var before = 0u;
  var all = 0u;
  for (var i = 0u; i < ${lanes}u; i++) {
    all += wholesOfLanes[i];
    if (i < lane) { before += wholesOfLanes[i]; }
  }
  let target_ = mulShift24(all, uniformOf(item, at)).x;
  if (target_ < before || target_ >= before + own) { return; }
  for (var four = first; four < last; four++) {
    let m = survivingMasses(four);
    for (var i = 0u; i < 4u; i++) {
      before += m[i];
      if (target_ < before) {
        keep(at, 4u * four + i);
        return;
      }
    }
  }
}

// The chain of keys: item, step, position, purpose 0.
fn uniformOf(item: u32, at: u32) -> u32 {
  let words = kernel.keys + 2u * item;
  var key = vec2(bitcast<u32>(state[words]), bitcast<u32>(state[words + 1u]));
  key = threefry(key, vec2(turn.step, 0u));
  key = threefry(key, vec2(u32(state[kernel.positions + at / kernel.items]), 0u));
  key = threefry(key, vec2(0u));
  return threefry(key, vec2(0u)).x >> 8u;
}
`
    .replaceAll('target_', 'goal')
    .replaceAll('weights_', 'shares');
}

const sumsWgsl = /* wgsl */ `
var<private> unit: f32;
/** The order of the last logit that stays, and how many ids of it do. */
var<private> border: u32 = 0u;
var<private> tieEnd: u32 = 0xffffffffu;
/** Borders of min-p and epsilon, set once those before them have been applied. */
var<private> leastLog: f32 = lowest;
var<private> leastMass: f32 = 0.0;

fn shares(l: vec4<f32>) -> vec4<f32> {
  return exp((l - largest) / kernel.temperature);
}
fn masses(l: vec4<f32>) -> vec4<u32> {
  return vec4<u32>(round(shares(l) * unit));
}

/** Unsigned integers in the order of floats. */
fn orders(l: vec4<f32>) -> vec4<u32> {
  let bits = bitcast<vec4<u32>>(l);
  return select(~bits, bits | vec4(0x80000000u), bits < vec4(0x80000000u));
}

fn survivingMasses(four: u32) -> vec4<u32> {
  let l = logits(four);
  let order = orders(l);
  let ids = vec4(4u * four) + vec4(0u, 1u, 2u, 3u);
  let m = masses(l);
  let isAbove = (order > vec4(border)) | ((order == vec4(border)) & (ids < vec4(tieEnd)));
  let isLikely = (l - largest) / kernel.temperature >= vec4(leastLog);
  let isMassive = (vec4<f32>(m) >= vec4(leastMass)) | (l == vec4(largest));
  return select(vec4(0u), m, isAbove & isLikely & isMassive);
}

fn massOfAll(lane: u32) -> u32 {
  var own = 0u;
  for (var four = lane; four < fours; four += ${lanes}u) {
    let m = survivingMasses(four);
    own += m.x + m.y + m.z + m.w;
  }
  wholesOfLanes[lane] = own;
  workgroupBarrier();
  var all = 0u;
  for (var i = 0u; i < ${lanes}u; i++) { all += wholesOfLanes[i]; }
  workgroupBarrier();
  return all;
}
`;

const radixWgsl = /* wgsl */ `
var<workgroup> bins: array<atomic<u32>, 256>;
var<workgroup> found: vec3<u32>;

/** Mass of a logit by its order. */
fn massOfOrder(order: u32) -> u32 {
  let bits = select(~order, order & 0x7fffffffu, order >= 0x80000000u);
  return max(1u, masses(vec4(bitcast<f32>(bits))).x);
}

/**
 * The order at which what lies above and with it reaches the need, in counts or in surviving masses; what lies above;
 * and what lies just there.
 */
fn radixSelect(lane: u32, isMass: bool, need: u32) -> vec3<u32> {
  var prefix = 0u;
  var above = 0u;
  var here = 0u;
  for (var round = 0u; round < 4u; round++) {
    let shift = 24u - 8u * round;
    atomicStore(&bins[2u * lane], 0u);
    atomicStore(&bins[2u * lane + 1u], 0u);
    workgroupBarrier();
    for (var four = lane; four < fours; four += ${lanes}u) {
      let l = logits(four);
      let order = orders(l);
      var amount = vec4(1u);
      if (isMass) { amount = survivingMasses(four); }
      for (var i = 0u; i < 4u; i++) {
        let isCandidate = round == 0u || (order[i] >> (shift + 8u)) == prefix;
        if (isCandidate && 4u * four + i < kernel.vocabulary) {
          atomicAdd(&bins[(order[i] >> shift) & 255u], amount[i]);
        }
      }
    }
    workgroupBarrier();
    var higher = above;
    for (var bin = 2u * lane + 2u; bin < 256u; bin++) { higher += atomicLoad(&bins[bin]); }
    for (var i = 0u; i < 2u; i++) {
      let bin = 2u * lane + 1u - i;
      let own = atomicLoad(&bins[bin]);
      if (higher < need && higher + own >= need) { found = vec3((prefix << 8u) | bin, higher, own); }
      higher += own;
    }
    workgroupBarrier();
    prefix = found.x;
    above = found.y;
    here = found.z;
    workgroupBarrier();
  }
  return vec3(prefix, above, here);
}

/** One past the id of the last of some logits of some order. */
fn endOfTies(lane: u32, order: u32, count: u32) -> u32 {
  let span = (fours + ${lanes - 1}u) / ${lanes}u;
  let first = lane * span;
  let last = min(fours, first + span);
  var own = 0u;
  for (var four = first; four < last; four++) {
    own += dot(vec4<u32>(orders(logits(four)) == vec4(order)), vec4(1u));
  }
  wholesOfLanes[lane] = own;
  workgroupBarrier();
  var before = 0u;
  for (var i = 0u; i < lane; i++) { before += wholesOfLanes[i]; }
  if (before < count && before + own >= count) {
    for (var id = 4u * first; id < 4u * last && before < count; id++) {
      if (orders(logits(id / 4u))[id % 4u] == order) { before++; }
      found.x = id + 1u;
    }
  }
  workgroupBarrier();
  let end = found.x;
  workgroupBarrier();
  return end;
}
`;

const topPWgsl = /* wgsl */ `  let share = mulShift24(massOfAll(lane), kernel.topP);
  // The mass before a token that stays is below the share, so tokens stay until they reach it, rounded up.
  let need = max(1u, share.x + share.y);
  let nucleus = radixSelect(lane, true, need);
  border = nucleus.x;
  let single = massOfOrder(nucleus.x);
  tieEnd = endOfTies(lane, border, (need - nucleus.y + single - 1u) / single);`;
