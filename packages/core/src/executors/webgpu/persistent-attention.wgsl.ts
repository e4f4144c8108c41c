import { joinedFour, planar, receivedFour, receiveWgsl } from './receive.wgsl.ts';
import { arriveWgsl, awaitWgsl } from './exchange.wgsl.ts';
import type { ExchangePlaces } from './exchange-places.ts';
import { holds } from './persistent-product.wgsl.ts';
import { persistentLanes as lanes } from './persistent-shape.ts';
import type { PersistentShape } from './persistent-shape.ts';
import { slotWgsl } from './sight.wgsl.ts';

/** Slots of one round that a lane sees. */
const loads = 4;
/** Slots side by side at most: a lane has the score of one slot of a round. */
const mostStrands = lanes / loads;

/** How attention is shared. */
export interface PersistentAttentionOptions {
  /** Most parts that the slots of a row are split into. */
  readonly splits: number;
  readonly places: ExchangePlaces;
  /** Lanes of a subgroup. */
  readonly subgroup: number;
  /** Workgroups that send queries, keys and values. */
  readonly senders: number;
}

const each = (line: (at: number) => string): string =>
  Array.from({ length: loads }, (_, at) => line(at)).join('\n');

/** Code of the attention of the persistent kernel. */
export class PersistentAttention {
  readonly #shape: PersistentShape;
  readonly #options: PersistentAttentionOptions;
  /** Fours of a head. */
  readonly #fours: number;
  /** Slots side by side, and of a round. */
  readonly #strands: number;
  readonly #slots: number;

  constructor(shape: PersistentShape, options: PersistentAttentionOptions) {
    this.#shape = shape;
    this.#options = options;
    this.#fours = shape.headSize / 4;
    this.#strands = Math.min(mostStrands, Math.floor(lanes / this.#fours));
    this.#slots = this.#strands * loads;
  }

  /** Words of workgroup memory. */
  get words(): number {
    return this.#slots * (this.#stride + 1) + 5 * lanes + lanes / this.#options.subgroup;
  }

  /**
   * `attend(group, lane, layer, cacheAt)`: the heads of all rows, some parts of the slots each, shared by the workgroups.
   * Keys and values of the step itself come by exchange, those before it from the cache, where this puts the former for
   * later steps. The latter are on their way before the query is there.
   */
  code(): string {
    const { heads, headSize, rows } = this.#shape;
    const { splits } = this.#options;
    return /* wgsl */ `
${slotWgsl}
${this.#memory()}
fn attend(group: u32, lane: u32, layer: u32, cacheAt: u32) {
  let splits = min(turn.splits, ${splits}u);
  let four = lane % ${this.#fours}u;
  let strand = lane / ${this.#fours}u;
  let isBusy = strand < ${this.#strands}u;
  for (var task = group; task < ${heads * rows}u * splits; task += workgroups) {
    let head = task % ${heads}u;
    let row = task / ${heads}u % ${rows}u;
    let split = task / ${heads * rows}u;
${this.#placesOfTask()}
    var q = vec4(0.0);
    var ownKey = vec4(0.0);
    var ownValue = vec4(0.0);
    var most = -3.0e38;
    var weight = 0.0;
    var mixed = vec4(0.0);
    for (var block = split * share; block < last; block += ${this.#slots}u) {
${this.#read()}
      if (isBusy) {
${this.#receiveOwn()}
${each((at) => `        products[(strand + ${at * this.#strands}u) * ${this.#stride}u + four] = dot(q, k${at});`)}
      }
      workgroupBarrier();
${this.#mix()}
      workgroupBarrier();
    }
    mixtures[lane] = mixed;
    shares[lane] = weight;
    workgroupBarrier();
    if (lane < ${this.#fours}u) {
${this.#send()}
    }
    // Later steps find the row in the cache. The first part is never empty, and all its lanes were given the row.
    if (split == 0u && head % ${this.#queriesOfKey}u == 0u && strand < 2u) {
      let isValue = strand == 1u;
      let place = select(keys, values, isValue) + own * ${headSize / 4}u + four;
      remember(place, select(ownKey, ownValue, isValue));
    }
${arriveWgsl('mixed')}
  }
}
`;
  }

  /** Words of a slot's products: one more than there are keeps lanes in different banks. */
  get #stride(): number {
    return this.#fours + 1;
  }

  /** Heads of queries that share keys and values. */
  get #queriesOfKey(): number {
    return this.#shape.heads / this.#shape.groups;
  }

  #memory(): string {
    const { places, subgroup } = this.#options;
    const size = this.#rowValues;
    const row = `${places.heads}u + row * ${size}u`;
    return /* wgsl */ `var<workgroup> products: array<f32, ${this.#slots * this.#stride}>;
var<workgroup> scores: array<f32, ${this.#slots}>;
var<workgroup> peaks: array<f32, ${lanes / subgroup}>;
var<workgroup> mixtures: array<vec4<f32>, ${lanes}>;
var<workgroup> shares: array<f32, ${lanes}>;

/** Four values of a key or a value of a row of the step. */
fn given(row: u32, four: u32) -> vec4<f32> {
${receiveWgsl(receivedFour('x', { row, four: 'four', size }))}
  return ${joinedFour('x')};
}
`;
  }

  /** Queries, keys and values of a row. */
  get #rowValues(): number {
    const { heads, groups, headSize } = this.#shape;
    return (heads + 2 * groups) * headSize;
  }

  #placesOfTask(): string {
    const { heads, groups } = this.#shape;
    const fours = this.#fours;
    return `    let sequence = row / turn.positions;
    let keyHead = head / ${this.#queriesOfKey}u;
    let room = kernel.capacity * ${fours}u;
    let keys = cacheAt + (2u * sequence * ${groups}u + keyHead) * room;
    let values = keys + ${groups}u * room;
    let keyFour = ${heads * fours}u + keyHead * ${fours}u + four;
    let valueFour = keyFour + ${groups * fours}u;
    let own = turn.start + row % turn.positions;
    let seen = turn.end - turn.begin + turn.isSelfSeen;
    // No part is empty (tuning.ts): each waits for the heads of its block, which those of the next must not overtake.
    let share = (seen + splits - 1u) / splits;
    let last = min(seen, (split + 1u) * share);
    // Slots of the step are not in the cache yet: what is read in their place is replaced.
    let lastCached = max(turn.start, 1u) - 1u;`;
  }

  /** Keys and values of a round from the cache, and the wait for those of the step. */
  #read(): string {
    const fours = this.#fours;
    const cached = (from: string, at: number) =>
      `cached(${from} + min(slot${at}, lastCached) * ${fours}u + four)`;
    return `${each((at) => `      let i${at} = block + strand + ${at * this.#strands}u;`)}
${each((at) => `      let slot${at} = slotOf(min(i${at}, last - 1u), own);`)}
${each((at) => `      var k${at} = vec4(0.0);\n      var v${at} = vec4(0.0);`)}
      if (${holds}) {
${each((at) => `        k${at} = ${cached('keys', at)};`)}
${each((at) => `        v${at} = ${cached('values', at)};`)}
      }
      if (block == split * share) {${awaitWgsl('heads', 'layer + 1u', `${this.#options.senders}u`)}
      }`;
  }

  /** The query, and keys and values of the step in the place of those that the cache has not yet. */
  #receiveOwn(): string {
    const size = this.#rowValues;
    const row = `${this.#options.places.heads}u + row * ${size}u`;
    const four = { q: `head * ${this.#fours}u + four`, k: 'keyFour', v: 'valueFour' };
    const received = (['q', 'k', 'v'] as const).flatMap((name) =>
      receivedFour(name, { row, four: four[name], size }),
    );
    return `        if (block == split * share) {
${receiveWgsl(received)}
          q = ${joinedFour('q')};
          ownKey = ${joinedFour('k')};
          ownValue = ${joinedFour('v')};
        }
${each((at) => {
  const other = `sequence * turn.positions + slot${at} - turn.start`;
  return `        if (slot${at} >= turn.start) {
          k${at} = ownKey;
          v${at} = ownValue;
          if (slot${at} != own && i${at} < last) {
            k${at} = given(${other}, keyFour);
            v${at} = given(${other}, valueFour);
          }
        }`;
})}`;
  }

  /** Scores of a round, and the values that they weigh. */
  #mix(): string {
    const { subgroup } = this.#options;
    const slots = this.#slots;
    return `      var score = -3.0e38;
      if (lane < ${slots}u && block + lane < last) {
        var sum = 0.0;
        for (var part = 0u; part < ${this.#fours}u; part++) { sum += products[lane * ${this.#stride}u + part]; }
        score = kernel.scale * sum;
      }
      if (lane < ${slots}u) { scores[lane] = score; }
      let peak = ${subgroup > 1 ? 'subgroupMax(score)' : 'score'};
      if (lane % ${subgroup}u == 0u) { peaks[lane / ${subgroup}u] = peak; }
      workgroupBarrier();
      var next = most;
      for (var i = 0u; i < ${Math.ceil(slots / subgroup)}u; i++) { next = max(next, peaks[i]); }
      let shrink = exp(most - next);
      most = next;
      weight *= shrink;
      mixed *= shrink;
${each(
  (at) => `      if (isBusy && i${at} < last) {
        let w${at} = exp(scores[strand + ${at * this.#strands}u] - most);
        weight += w${at};
        mixed += w${at} * v${at};
      }`,
)}`;
  }

  /** The sum of the strands as it is, and (maximum, sum of weights). */
  #send(): string {
    const { heads, headSize } = this.#shape;
    const { splits, places } = this.#options;
    const size = heads * headSize;
    const sends = ['x', 'y', 'z', 'w'].map((component, index) => {
      const place = planar(`head * ${headSize}u + 4u * lane + ${index}u`, size);
      return `      send(at + ${place}, sum.${component});`;
    });
    return `      var sum = vec4(0.0);
      var all = 0.0;
      for (var i = 0u; i < ${this.#strands}u; i++) {
        sum += mixtures[i * ${this.#fours}u + lane];
        all += shares[i * ${this.#fours}u];
      }
      let part = row * ${splits}u + split;
      let at = ${places.mixed}u + part * ${size}u;
${sends.join('\n')}
      if (lane == 0u) {
        let statistics = ${places.statistics}u + 2u * (part * ${heads}u + head);
        send(statistics, most);
        send(statistics + 1u, all);
      }`;
  }
}
