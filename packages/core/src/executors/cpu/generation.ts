import type { Tensor } from '@tensorflow/tfjs-core';
import { planLength, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { compileBlocks } from './compile-blocks.ts';
import type { ProgramSource } from './compile-blocks.ts';
import { compileInputs } from './compile-inputs.ts';
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
   * Runs one step; steps come in their order.
   *
   * @param tokens  `[items, N]`, filled up to this step.
   * @returns Logits `[sequences, n, V]`, valid until the next step.
   */
  async step(step: number, tokens: Int32Array): Promise<Float32Array> {
    const { regions, sizes } = this.#source;
    const { start, end } = stepRange(this.#plan, step);
    this.#writeIds(step, tokens);
    const inputs = compileInputs(this.#source, this.#plan, step);
    const records = regions.blocks - inputs.length * recordWords * 4;
    this.#machine.write(records, inputs);
    const isOnEngine = sizes.sequences * (end - start) >= this.#engineRows;
    const segments = isOnEngine
      ? [{ records, count: inputs.length }, ...this.#engineSegments]
      : [{ records, count: inputs.length + this.#records }];
    await runSegments(this.#machine, segments, {
      sequences: sizes.sequences,
      positions: end - start,
      fill: start,
      visible: visibleRange(this.#plan, step),
    });
    return this.#logits(sizes.sequences * (end - start));
  }

  /** Ids that feed a step: of the step before in a plan of scales, else of the position before, -1 at the first. */
  #writeIds(step: number, tokens: Int32Array): void {
    const { network, regions, sizes } = this.#source;
    const length = planLength(this.#plan);
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
    const ids = this.#machine.integers(regions.ids, count * (to - from));
    for (let sequence = 0; sequence < count; sequence++) {
      const first = (sequence % sizes.items) * length;
      ids.set(tokens.subarray(first + from, first + to), sequence * (to - from));
    }
  }

  /** Logits without the columns that pad them. */
  #logits(rows: number): Float32Array {
    const { network, placed, regions } = this.#source;
    const { outputs } = placed.head;
    const { vocabularySize } = network;
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
