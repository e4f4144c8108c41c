/**
 * Sums over the lanes of a workgroup, several at once, by workgroup memory: two stages instead of one lane that adds
 * all, and few barriers instead of a tree of them.
 */
export class LaneSums {
  readonly count: number;
  readonly #lanes: number;
  /** Lanes that share one sum in the first stage: a power of two. */
  readonly #strands: number;

  constructor(lanes: number, count: number) {
    this.#lanes = lanes;
    this.count = count;
    this.#strands = 2 ** Math.max(0, Math.floor(Math.log2(lanes / count)));
  }

  /** The memory, of the workgroup. */
  get declaration(): string {
    return `var<workgroup> laneSums: array<f32, ${this.#stride * this.count}>;`;
  }

  /** Statements that add up what every lane named, of which there are `count`; all lanes must run them. */
  gather(names: readonly string[]): string {
    const stored = names.map((name, sum) => `  laneSums[${sum * this.#stride}u + lane] = ${name};`);
    return `${stored.join('\n')}
  workgroupBarrier();
${this.#stage(this.#lanes / this.#strands, this.#strands)}
${this.#strands === 1 ? '' : this.#stage(this.#strands, 1)}`;
  }

  /** Expression of the total of a sum, whose number is an expression. */
  total(sum: string): string {
    return `laneSums[(${sum}) * ${this.#stride}u]`;
  }

  /** Strides of sums that put neighbouring tasks into different banks. */
  get #stride(): number {
    return this.#lanes + this.#strands;
  }

  #stage(parts: number, strands: number): string {
    return /* wgsl */ `  for (var task = lane; task < ${this.count * strands}u; task += ${this.#lanes}u) {
    let at = (task / ${strands}u) * ${this.#stride}u + task % ${strands}u;
    var total = 0.0;
    for (var part = 0u; part < ${parts}u; part++) { total += laneSums[at + part * ${strands}u]; }
    laneSums[at] = total;
  }
  workgroupBarrier();`;
  }
}
