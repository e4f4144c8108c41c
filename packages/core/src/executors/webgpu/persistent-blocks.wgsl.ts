import { activateWgsl } from './activate.wgsl.ts';
import { sharedBindingsWgsl } from './bindings.wgsl.ts';
import { exchangePlaces } from './exchange-places.ts';
import { arriveWgsl, awaitWgsl, exchangeWgsl, writeStartsWgsl } from './exchange.wgsl.ts';
import type { Exchanged, ExchangePlaces } from './exchange-places.ts';
import { PersistentAttention } from './persistent-attention.wgsl.ts';
import { PersistentEndings } from './persistent-endings.wgsl.ts';
import type { Ending } from './persistent-endings.wgsl.ts';
import { PersistentGathers } from './persistent-gathers.wgsl.ts';
import { gatherLanes, PersistentProduct } from './persistent-product.wgsl.ts';
import { meetingStep, persistentLanes as lanes, persistentSplits } from './persistent-shape.ts';
import type { Persistence, PersistentRun, PersistentShape } from './persistent-shape.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { shareProduct } from './share-product.ts';
import type { SharedProduct } from './share-product.ts';

/** Sums of a lane at most: beyond them code and registers outgrow what compilers take. */
const mostSums = 64;

/**
 * All blocks of a step of 1 to 8 rows in one dispatch, whose workgroups stay and hand each other rows through the state
 * (exchange.wgsl.ts): what is a barrier of the whole device between dispatches is a store and a load here. The weights
 * of a product are read before its rows are looked for, which they would delay.
 *
 * Every workgroup has a share of the outputs of each product, and some have a head of attention, or a part of its slots.
 *
 * @returns nothing where the memory of a workgroup is too small, or its lanes would have too many sums.
 */
export function persistentBlocksWgsl(
  shape: PersistentShape,
  run: PersistentRun,
  persistence: Persistence,
): string | undefined {
  const kernel = new PersistentKernel(shape, run, persistence);
  const isLarge = kernel.memoryBytes > persistence.memoryBytes || kernel.sums > mostSums;
  return isLarge ? undefined : kernel.code();
}

/** The products of a block. */
type BlockProducts = Readonly<Record<'qkv' | 'output' | 'up' | 'down', PersistentProduct>>;

/** A product in the order of a block: what it waits for and reads, and what becomes of its outputs. */
interface Stage {
  readonly product: PersistentProduct;
  /** Statements of all lanes that bring its rows to workgroup memory. */
  readonly gather: string;
  readonly ending: Ending;
  /** Where the moments of its rows lie, if they are normalized. */
  readonly moments?: number;
  /** What it sends. */
  readonly sent?: Exchanged;
}

class PersistentKernel {
  readonly #shape: PersistentShape;
  readonly #run: PersistentRun;
  readonly #persistence: Persistence;
  readonly #products: BlockProducts;
  readonly #head: PersistentProduct | undefined;
  readonly #splits: number;
  readonly #places: ExchangePlaces;
  readonly #gathers: PersistentGathers;
  readonly #endings: PersistentEndings;
  readonly #attention: PersistentAttention;

  constructor(shape: PersistentShape, run: PersistentRun, persistence: Persistence) {
    this.#shape = shape;
    this.#run = run;
    this.#persistence = persistence;
    const { rows } = shape;
    const { subgroup } = persistence;
    const product = (name: SharedProduct['name'], matrix: PlacedMatrix, unit: number) =>
      new PersistentProduct(shareProduct(name, matrix, { ...persistence, unit }), {
        rows,
        subgroup,
        stride: name === 'head' ? 0 : run.weightStride,
      });
    const { qkv, output, up, down } = run.matrices;
    this.#products = {
      // Rotated pairs, and gates with what they open, stay together.
      qkv: product('qkv', qkv, 2),
      output: product('output', output, 1),
      up: product('up', up, shape.isGated ? 8 : 1),
      down: product('down', down, 1),
    };
    this.#head = run.head && product('head', run.head, 1);
    this.#splits = persistentSplits(shape, persistence);
    this.#places = exchangePlaces(shape, this.#splits);
    this.#gathers = new PersistentGathers(shape, this.#places, this.#splits);
    this.#endings = new PersistentEndings(shape, this.#places);
    this.#attention = new PersistentAttention(shape, {
      splits: this.#splits,
      places: this.#places,
      subgroup,
      senders: this.#products.qkv.senders,
    });
  }

  /** Most sums of a lane. */
  get sums(): number {
    return this.#shape.rows * Math.max(...this.#all.map(({ shared }) => shared.turns));
  }

  /** Of the workgroup. */
  get memoryBytes(): number {
    const { rows } = this.#shape;
    const words =
      4 * this.#innerFours +
      this.#partials +
      4 * rows * this.#subgroups +
      rows * this.#share +
      this.#attention.words;
    return 4 * words;
  }

  code(): string {
    const { rows, width, cacheFormat, norm, activation } = this.#shape;
    const { count, first, blocks, cacheStride } = this.#run;
    const { subgroup, workgroups } = this.#persistence;
    const share = this.#share;
    const { qkv, output, up, down } = this.#stages();
    return /* wgsl */ `${subgroup > 1 ? 'enable subgroups;\n' : ''}${sharedBindingsWgsl(cacheFormat)}
${exchangeWgsl(this.#places, workgroups)}
${activateWgsl(activation)}
// Rows that a product reads, its sums, and the sums of the rows and of their squares.
var<workgroup> rows: array<vec4<f32>, ${this.#innerFours}>;
var<workgroup> partials: array<f32, ${this.#partials}>;
var<workgroup> moments: array<vec2<f32>, ${2 * rows * this.#subgroups}>;
// The share of the residual stream.
var<workgroup> stream: array<f32, ${rows * share}>;
${this.#attention.code()}
/** Mean and 1 / deviation of a row. */
fn spreadOf(which: u32, row: u32) -> vec2<f32> {
  var sums = vec2(0.0);
  for (var i = 0u; i < ${this.#subgroups}u; i++) {
    sums += moments[(which * ${rows}u + row) * ${this.#subgroups}u + i];
  }
  let mean = ${norm === 'layer' ? `sums.x / ${width}.0` : '0.0'};
  return vec2(mean, 1.0 / sqrt(max(sums.y / ${width}.0 - mean * mean, 0.0) + kernel.epsilon));
}
${this.#all.map((product) => product.functions()).join('')}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = workgroup.x;
  if (turn.step == ${meetingStep}u) {
    if (lane == 0u) { meet(); }
    return;
  }
  readStarts();
  for (var i = lane; i < ${rows * share}u; i += ${lanes}u) {
    let output = min(group * ${share}u + i % ${share}u, ${width - 1}u);
    stream[i] = arena[4u * kernel.x + (i / ${share}u) * ${width}u + output];
  }
  for (var layer = 0u; layer < ${count}u; layer++) {
    tag = (turn.step * ${blocks}u + layer + ${first + 1}u) & 0xffffu;
${qkv.product.fetch()}
${this.#multiply(qkv)}
${output.product.fetch()}
${this.#finish(qkv)}
    attend(group, lane, layer, kernel.cache + layer * ${cacheStride}u);
${this.#multiply(output)}
${this.#finish(output)}
${up.product.fetch()}
${this.#multiply(up)}
${this.#finish(up)}
${down.product.fetch()}
${this.#multiply(down)}
${this.#finish(down)}
  }
${this.#last()}
  if (group == 0u && lane == 0u) {
${writeStartsWgsl(count, this.#senders)}
  }
}
`;
  }

  #stages(): Readonly<Record<keyof BlockProducts, Stage>> {
    const { qkv, output, up, down } = this.#products;
    const gathers = this.#gathers;
    const endings = this.#endings;
    const { streamIn, mixed, hidden, streamOut } = this.#senders;
    return {
      qkv: {
        product: qkv,
        gather: `      if (layer > 0u) {${awaitWgsl('streamOut', 'layer', streamOut)}
      }
${gathers.firstStream(qkv)}`,
        ending: endings.heads(qkv.shared),
        moments: 0,
        sent: 'heads',
      },
      output: {
        product: output,
        gather: `${awaitWgsl('mixed', 'layer + 1u', mixed)}
${gathers.mixed(output)}`,
        ending: endings.residual(output.shared, 'streamIn'),
        sent: 'streamIn',
      },
      up: {
        product: up,
        gather: `${awaitWgsl('streamIn', 'layer + 1u', streamIn)}
${gathers.stream(up, 'streamIn')}`,
        ending: endings.activated(up.shared),
        moments: 1,
        sent: 'hidden',
      },
      down: {
        product: down,
        gather: `${awaitWgsl('hidden', 'layer + 1u', hidden)}
${gathers.hidden(down)}`,
        ending: endings.residual(down.shared, 'streamOut'),
        sent: 'streamOut',
      },
    };
  }

  /** Logits, or the rows for who comes behind. */
  #last(): string {
    const { rows, width } = this.#shape;
    const { count } = this.#run;
    const head = this.#head;
    if (head === undefined) {
      const share = this.#share;
      return `  for (var i = lane; i < ${rows * share}u; i += ${lanes}u) {
    let output = group * ${share}u + i % ${share}u;
    if (output < ${width}u) { arena[4u * kernel.x + (i / ${share}u) * ${width}u + output] = stream[i]; }
  }`;
    }
    const stage: Stage = {
      product: head,
      gather: `${awaitWgsl('streamOut', `${count}u`, this.#senders.streamOut)}
${this.#gathers.stream(head, 'streamOut')}`,
      ending: this.#endings.logits(head.shared),
      moments: 0,
    };
    return `  let layer = 0u;
${head.fetch()}
${this.#multiply(stage)}
${this.#finish(stage)}`;
  }

  /** The first half of a stage, up to the sums over subgroups. */
  #multiply({ product, gather, ending, moments }: Stage): string {
    const { rows } = this.#shape;
    const { subgroup } = this.#persistence;
    const each = (line: (row: number) => string): string =>
      Array.from({ length: moments === undefined ? 0 : rows }, (_, row) => line(row)).join('\n');
    const target = (row: number) =>
      `moments[${((moments ?? 0) * rows + row) * this.#subgroups}u + `;
    return `${ending.before}
    if (${product.isBusy}) {
${product.settle()}
${each((row) => `      var moment${row} = vec2(0.0);`)}
${gather}
      workgroupBarrier();
${product.multiply()}
${each((row) => gatherLanes(`moment${row}`, target(row), subgroup))}
    }`;
  }

  /** The second half: outputs, and their sending. */
  #finish({ product, ending, sent }: Stage): string {
    return `    if (${product.isBusy}) {
      workgroupBarrier();
${ending.after}
${sent === undefined ? '' : arriveWgsl(sent)}
    }`;
  }

  /** Workgroups that send each kind of rows in a block. */
  get #senders(): Readonly<Record<Exchanged, string>> {
    const { qkv, output, up, down } = this.#products;
    const { heads, rows } = this.#shape;
    return {
      heads: `${qkv.senders}u`,
      mixed: `${heads * rows}u * min(turn.splits, ${this.#splits}u)`,
      streamIn: `${output.senders}u`,
      hidden: `${up.senders}u`,
      streamOut: `${down.senders}u`,
    };
  }

  get #all(): PersistentProduct[] {
    return [...Object.values(this.#products), ...(this.#head === undefined ? [] : [this.#head])];
  }

  /** Outputs of the residual stream in one workgroup: the same for both products that join it. */
  get #share(): number {
    return this.#products.output.shared.share;
  }

  get #subgroups(): number {
    return lanes / this.#persistence.subgroup;
  }

  get #innerFours(): number {
    const inner = this.#all.map(({ shared }) => shared.matrix.inner / 4);
    return this.#shape.rows * Math.max(...inner);
  }

  get #partials(): number {
    const turns = this.#all.map(({ shared }) => shared.turns);
    return this.#shape.rows * this.#subgroups * Math.max(...turns);
  }
}
