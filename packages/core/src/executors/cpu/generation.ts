import type { Tensor } from '@tensorflow/tfjs-core';
import { sampleLogits } from '../../heads/categorical-head.ts';
import type { SampleContext, TokenValues } from '../../heads/head.ts';
import { planLength, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { compileBlocks } from './compile-blocks.ts';
import type { ProgramSource } from './compile-blocks.ts';
import { compileInputs } from './compile-inputs.ts';
import { FlowProgram } from './flow-program.ts';
import { visibleRange } from '../visible-range.ts';
import type { Machine } from './machine.ts';
import { placeModulations } from './place-modulations.ts';
import { recordWords } from './records.ts';
import { runSegments, writeSegments } from './segments.ts';
import type { Segment } from './segments.ts';

/** One generation in its regions of the machine's memory. */
export class Generation {
  readonly #machine: Machine;
  readonly #source: ProgramSource;
  readonly #plan: Plan;
  readonly #engineRows: number;
  /** Records of blocks and head for the machine alone. */
  readonly #records: number;
  /** The same with products of the engine between them. */
  readonly #engineSegments: readonly Segment[];
  readonly #flow: FlowProgram | undefined;

  /** Writes the records that all steps share. */
  constructor(
    machine: Machine,
    source: ProgramSource,
    { plan, engineRows }: { readonly plan: Plan; readonly engineRows: number },
  ) {
    this.#machine = machine;
    this.#source = source;
    this.#plan = plan;
    this.#engineRows = engineRows;
    const { blocks, engine } = source.regions;
    const records = compileBlocks(source);
    writeSegments(machine, blocks, records);
    this.#records = records.length;
    this.#engineSegments =
      engine === undefined
        ? []
        : writeSegments(machine, engine.blocks, compileBlocks(source, engine.products));
    const { head } = source.placed;
    const { flow } = source.regions;
    this.#flow =
      head.kind === 'categorical' || flow === undefined
        ? undefined
        : new FlowProgram(machine, {
            head,
            flow,
            regions: source.regions,
            engineProducts: engine?.products,
          });
  }

  /** Bytes of keys and values. */
  get cacheBytes(): number {
    return this.#source.regions.cacheBytes;
  }

  /** Fills what the condition decides for all steps. */
  condition(condition: Tensor): Promise<void> {
    return placeModulations(this.#machine, this.#source, condition);
  }

  /**
   * Runs the blocks for one step; steps come in their order.
   *
   * @param tokens  `[items, N, tokenSize]`, filled up to this step.
   */
  async step(step: number, tokens: TokenValues): Promise<void> {
    const { regions, sizes } = this.#source;
    const { start, end } = stepRange(this.#plan, step);
    this.#writeTokens(step, tokens);
    const inputs = compileInputs(this.#source, this.#plan, step);
    const records = regions.blocks - inputs.length * recordWords * 4;
    this.#machine.write(records, inputs);
    const segments = this.#isOnEngine(end - start)
      ? [{ records, count: inputs.length }, ...this.#engineSegments]
      : [{ records, count: inputs.length + this.#records }];
    await runSegments(this.#machine, segments, {
      sequences: sizes.sequences,
      positions: end - start,
      fill: start,
      visible: visibleRange(this.#plan, step),
    });
  }

  /**
   * Draws the tokens of the step that `step` ran last.
   *
   * @returns `[items, n, tokenSize]`
   * @throws {NumericError} if the distribution is not finite.
   */
  async draw(step: number, context: SampleContext): Promise<TokenValues> {
    const { network, sizes } = this.#source;
    const { start, end } = stepRange(this.#plan, step);
    const positions = end - start;
    if (network.head.kind === 'categorical') {
      const { vocabularySize } = network.head;
      const logits = this.#logits(sizes.sequences * positions, vocabularySize);
      return sampleLogits(logits, vocabularySize, context);
    }
    const isOnEngine = this.#isOnEngine(positions);
    // A network with a flow head has its program.
    return (this.#flow as FlowProgram).draw(context, { positions, isOnEngine });
  }

  #isOnEngine(positions: number): boolean {
    return this.#source.sizes.sequences * positions >= this.#engineRows;
  }

  /** What feeds a step: the step before in a plan of scales, else the position before; ids of -1 at the first. */
  #writeTokens(step: number, tokens: TokenValues): void {
    const { network, regions, sizes } = this.#source;
    const { start, end } = stepRange(this.#plan, step);
    if (step === 0) {
      this.#machine.integers(regions.ids, sizes.sequences * (end - start)).fill(-1);
      return;
    }
    const isScale = network.inputs.kind === 'scale';
    const [from, to] = isScale
      ? [stepRange(this.#plan, step - 1).start, start]
      : [start - 1, end - 1];
    const count = isScale ? sizes.items : sizes.sequences;
    const size = tokens.length / sizes.items / planLength(this.#plan);
    const target =
      network.inputs.kind === 'latent'
        ? this.#machine.floats(regions.fedLatents, count * (to - from) * size)
        : this.#machine.integers(regions.ids, count * (to - from));
    for (let sequence = 0; sequence < count; sequence++) {
      const first = (sequence % sizes.items) * planLength(this.#plan);
      const values = tokens.subarray((first + from) * size, (first + to) * size);
      target.set(values, sequence * (to - from) * size);
    }
  }

  /** Logits without the columns that pad them, valid until the next step. */
  #logits(rows: number, vocabularySize: number): Float32Array {
    const { regions } = this.#source;
    const outputs = Math.ceil(vocabularySize / 4) * 4;
    const padded = this.#machine.floats(regions.logits, rows * outputs);
    if (outputs === vocabularySize) return padded;
    const logits = new Float32Array(rows * vocabularySize);
    for (let row = 0; row < rows; row++) {
      const from = row * outputs;
      logits.set(padded.subarray(from, from + vocabularySize), row * vocabularySize);
    }
    return logits;
  }
}
