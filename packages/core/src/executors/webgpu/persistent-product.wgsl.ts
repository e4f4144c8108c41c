import { persistentLanes as lanes } from './persistent-shape.ts';
import { range } from './range.ts';
import type { SharedProduct } from './share-product.ts';
import { tuning } from './tuning.ts';
import { decodedFour, foursOfLoad, foursOfTask, wordOfTask } from './weights.wgsl.ts';

/** What a product of the persistent kernel is made for. */
export interface PersistentProductOptions {
  readonly rows: number;
  /** Lanes of a subgroup; 1 without them. */
  readonly subgroup: number;
  /** Fours from the weights of a block to those of the next. */
  readonly stride: number;
}

/** Something that holds at every step, which the compiler does not know. */
export const holds = 'turn.rows != 0u';

/** One load of a lane: the output it belongs to, counted by lane, and its number among those of that output. */
interface Load {
  readonly turn: number;
  readonly load: number;
}

/**
 * Code of a product of the persistent kernel: the weights of a workgroup on their way, their products with the rows in
 * workgroup memory, and the sums over the lanes.
 */
export class PersistentProduct {
  readonly shared: SharedProduct;
  readonly #options: PersistentProductOptions;
  /** Loads in the order in which they are issued, those first that leave before their rows are there. */
  readonly #early: readonly Load[];
  readonly #late: readonly Load[];

  constructor(shared: SharedProduct, options: PersistentProductOptions) {
    this.shared = shared;
    this.#options = options;
    const { turns, loads } = shared;
    const all = range(loads * turns).map((index) => ({
      turn: index % turns,
      load: Math.floor(index / turns),
    }));
    this.#early = all.slice(0, tuning.persistentLoads);
    this.#late = all.slice(tuning.persistentLoads);
  }

  /** Workgroups that have outputs. */
  get senders(): number {
    return Math.ceil(this.shared.matrix.outputs / this.shared.share);
  }

  /** Expression of whether the workgroup has outputs. */
  get isBusy(): string {
    return `group * ${this.shared.share}u < ${this.shared.matrix.outputs}u`;
  }

  /** Functions: the row of weights of a lane at a turn, what stands beside an output, and the output itself. */
  functions(): string {
    const { name, matrix, share, strand } = this.shared;
    const { rows, subgroup, stride } = this.#options;
    const subgroups = lanes / subgroup;
    const beside = lanes / strand;
    const parts = strand / subgroup;
    const side = (at: number) => `valueBeside(${at}u + layer * ${stride}u, place)`;
    return /* wgsl */ `
fn ${name}Row(group: u32, lane: u32, turn: u32) -> u32 {
  return min(group * ${share}u + turn * ${beside}u + lane / ${strand}u, ${matrix.outputs - 1}u);
}
/** Scale, bias and sum of the weights of an output of the workgroup. */
fn ${name}Side(group: u32, layer: u32, output: u32) -> vec3<f32> {
  let place = min(group * ${share}u + output, ${matrix.outputs - 1}u);
  return vec3(${matrix.format === 'int8' ? side(matrix.scales) : '1.0'}, ${side(matrix.bias)}, ${side(matrix.sums)});
}
/** An output complete with what stands beside it, of a row whose mean and 1 / deviation are given. */
fn ${name}Output(row: u32, output: u32, side: vec3<f32>, spread: vec2<f32>) -> f32 {
  let first = ((output / ${beside}u) * ${rows}u + row) * ${subgroups}u + (output % ${beside}u) * ${parts}u;
  var total = 0.0;
  for (var i = 0u; i < ${parts}u; i++) { total += partials[first + i]; }
  return (total - spread.x * side.z) * spread.y * side.x + side.y;
}
`;
  }

  /**
   * Sends the early loads on their way. The compiler must not know that the condition holds: else it moves them to where
   * they are used, behind the wait for the rows.
   */
  fetch(): string {
    const { name, matrix } = this.shared;
    const { format } = matrix;
    const type = format === 'f32' || format === 'f16' ? 'vec4<u32>' : 'vec2<u32>';
    const variables = this.#early.map(({ turn, load }) => {
      const word = `${name}${turn}x${load}`;
      return `    var ${word} = ${type}();${format === 'int4' ? ` var ${word}Scale = 0.0;` : ''}`;
    });
    return `${variables.join('\n')}
    if (${holds}) {
${this.#early.map((load) => this.#load(load, '')).join('\n')}
    }`;
  }

  /**
   * Waits for them, which the compiler does not know to change nothing: rows that are looked for while weights stream in
   * come late, and by then they are there.
   */
  settle(): string {
    if (this.#early.length === 0) return '';
    const words = this.#early.map(({ turn, load }) => `${this.shared.name}${turn}x${load}.x`);
    return `      if ((${words.join(' ^ ')}) == 1u && !(${holds})) { tag = 0u; }`;
  }

  /** The products of all rows with the weights of a lane, and their sums over the lanes of a subgroup. */
  multiply(): string {
    const { loads, turns } = this.shared;
    const { rows, subgroup } = this.#options;
    const sums = range(turns).flatMap((turn) =>
      range(rows).map((row) => ({ sum: `sum${turn}x${row}`, at: turn * rows + row })),
    );
    return `${sums.map(({ sum }) => `      var ${sum} = 0.0;`).join('\n')}
${range(loads)
  .map((load) => this.#multiplyLoad(load))
  .join('\n')}
${sums.map(({ sum, at }) => gatherLanes(sum, `partials[${(at * lanes) / subgroup}u + `, subgroup)).join('\n')}`;
  }

  /** Place of four `four` of a row in workgroup memory: those that one task meets lie apart, so that lanes read neighbours. */
  rowPlace(row: number, four: string): string {
    const { matrix, tasks } = this.shared;
    const together = foursOfTask[matrix.format];
    return `${(row * matrix.inner) / 4}u + ${four} % ${together}u * ${tasks}u + ${four} / ${together}u`;
  }

  /** Statements of one load; `declaration` makes its variables. */
  #load({ turn, load }: Load, declaration: 'let ' | ''): string {
    const { name, matrix, tasks, strand } = this.shared;
    const { format, inner, weight, scales } = matrix;
    const word = `${name}${turn}x${load}`;
    const loadsOfRow = inner / 4 / foursOfLoad[format];
    const own = `lane % ${strand}u + ${load * strand}u`;
    const isWhole = (load + 1) * strand <= tasks;
    const task = isWhole ? `(${own})` : `min(${own}, ${tasks - 1}u)`;
    const block = `layer * ${this.#options.stride}u`;
    const at = `${name}Row(group, lane, ${turn}u) * ${loadsOfRow}u + ${task} / ${tasks / loadsOfRow}u`;
    const scale = `
      ${declaration}${word}Scale = bitcast<f32>(weights[${scales}u + ${block} + ${word}At / 4u][${word}At % 4u]);`;
    return `      let ${word}At = ${at};
      ${declaration}${word} = ${wordOfTask(format, `${weight}u + ${block} + ${word}At`, task)};${format === 'int4' ? scale : ''}`;
  }

  #multiplyLoad(load: number): string {
    const { rows } = this.#options;
    const { name, matrix, turns, strand, tasks } = this.shared;
    const { format, inner } = matrix;
    // Lanes behind the last task have nothing to add.
    const isWhole = (load + 1) * strand <= tasks;
    const task = `lane % ${strand}u + ${load * strand}u`;
    const late = this.#late.filter((each) => each.load === load);
    const lines = range(foursOfTask[format]).flatMap((four) => [
      ...range(rows).map((row) => {
        const first = (row * inner) / 4 + four * tasks;
        const x = isWhole
          ? `rows[${first}u + ${task}]`
          : `select(vec4(0.0), rows[${first}u + min(${task}, ${tasks - 1}u)], ${task} < ${tasks}u)`;
        return `        let x${row}f${four} = ${x};`;
      }),
      ...range(turns).flatMap((turn) => {
        const word = `${name}${turn}x${load}`;
        const scale = format === 'int4' ? ` * ${word}Scale` : '';
        return [
          `        let w${turn}f${four} = ${decodedFour(format, word, four)}${scale};`,
          ...range(rows).map(
            (row) => `        sum${turn}x${row} += dot(x${row}f${four}, w${turn}f${four});`,
          ),
        ];
      }),
    ]);
    return `      {
${late.map((each) => this.#load(each, 'let ')).join('\n')}
${lines.join('\n')}
      }`;
  }
}

/** Adds up what the lanes of each subgroup have. */
export function gatherLanes(value: string, target: string, subgroup: number): string {
  const sum = subgroup > 1 ? `subgroupAdd(${value})` : value;
  return `      let ${value}All = ${sum};
      if (lane % ${subgroup}u == 0u) { ${target}lane / ${subgroup}u] = ${value}All; }`;
}
