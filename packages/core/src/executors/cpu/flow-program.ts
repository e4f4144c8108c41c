import { flowNoise } from '../../heads/flow-head.ts';
import { assertLatents } from '../../heads/latent-sampling.ts';
import type { SampleContext } from '../../heads/head.ts';
import { compileFlowHead } from './compile-flow-head.ts';
import type { FlowSource } from './compile-flow-head.ts';
import type { Machine } from './machine.ts';
import { runSegments, writeSegments } from './segments.ts';
import type { Segment } from './segments.ts';

/** A row by itself sees nothing. */
const alone = { begin: 0, end: 0, isSelfSeen: true };

/** The flow head of one generation in its regions of the machine's memory. */
export class FlowProgram {
  readonly #machine: Machine;
  readonly #source: FlowSource;
  readonly #segments: readonly Segment[];
  /** The same with products of the engine between them. */
  readonly #engineSegments: readonly Segment[];

  /** Writes the records, which all steps share. */
  constructor(machine: Machine, source: FlowSource) {
    this.#machine = machine;
    this.#source = source;
    const { program, engineProgram } = source.flow;
    const records = compileFlowHead({ ...source, engineProducts: undefined });
    this.#segments = writeSegments(machine, program, records);
    this.#engineSegments =
      engineProgram === undefined
        ? []
        : writeSegments(machine, engineProgram, compileFlowHead(source));
  }

  /**
   * Draws latents from the normalized hidden states of a step.
   *
   * @returns `[items, positions, channels]`
   * @throws {NumericError} if a latent is not finite.
   */
  async draw(
    context: SampleContext,
    { positions, isOnEngine }: { readonly positions: number; readonly isOnEngine: boolean },
  ): Promise<Float32Array> {
    const { head, flow } = this.#source;
    const noise = flowNoise(context, positions, head.channels);
    const scale = context.isGuided ? context.guidanceScale : 1;
    // At scale 1 the half without condition is left out, as the reference does.
    const halves = scale === 1 ? 1 : 2;
    this.#machine.floats(flow.guidanceScale, 1).set([scale]);
    const latents = this.#machine.floats(flow.latents, halves * noise.length);
    for (let half = 0; half < halves; half++) latents.set(noise, half * noise.length);
    await runSegments(this.#machine, isOnEngine ? this.#engineSegments : this.#segments, {
      sequences: halves * context.items * positions,
      positions: 1,
      fill: 0,
      visible: alone,
    });
    return assertLatents('flowHead', this.#machine.floats(flow.latents, noise.length).slice());
  }
}
