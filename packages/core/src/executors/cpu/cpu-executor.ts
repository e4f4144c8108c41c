import type { Tensor } from '@tensorflow/tfjs-core';
import { stepKeys } from '../../decode/decode.ts';
import type { DecodedStep, DecodeOptions, Executor } from '../../decode/executor.ts';
import { filledTokens, newTokens, writeTokens } from '../../decode/token-buffer.ts';
import { NumericError, OptionError, UnsupportedError } from '../../errors.ts';
import { sampleLogits } from '../../heads/categorical-head.ts';
import { planLength, stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Network } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { turnOfEventLoop } from '../../turn-of-event-loop.ts';
import type { WeightFormat } from '../weight-format.ts';
import { compileBlocks } from './compile-blocks.ts';
import type { ProgramSource } from './compile-blocks.ts';
import { compileInputs } from './compile-inputs.ts';
import { firstFree, Machine } from './machine.ts';
import type { KernelBuild, Sight } from './machine.ts';
import { placeModulations } from './place-modulations.ts';
import { placeNetwork } from './place-network.ts';
import type { PlacedNetwork } from './place-network.ts';
import { WeightPlacer } from './place-weights.ts';
import { recordWords } from './records.ts';
import { RegionLayout } from './region.ts';
import { runRegions } from './run-regions.ts';
import { runStretches, writeStretches } from './stretches.ts';
import type { Stretch } from './stretches.ts';
import { cpuSupports } from './supports.ts';
import { canShareMemory } from './threads.ts';

/** How the cpu executor runs. */
export interface CpuExecutorOptions {
  /** How the matrices of the blocks are stored. @defaultValue 'f32' */
  readonly format?: WeightFormat;
  /** Threads, 1 to 64; results do not depend on them. @defaultValue 1 */
  readonly threads?: number;
  /** The build of the kernels. @defaultValue the faster one that runs here */
  readonly build?: KernelBuild;
  /**
   * Rows, of all sequences of a step, from which products go to the active engine of tfjs in float32: the native one is
   * several times faster at many. The model's weights must then live as long as the executor. @defaultValue never
   */
  readonly engineRows?: number;
}

/** The cpu executor of one model, and how it runs. */
export interface CpuExecutor extends Executor {
  readonly name: 'cpu';
  readonly format: WeightFormat;
  readonly build: KernelBuild;
  readonly threads: number;
}

const mostThreads = 64;

/**
 * An executor that runs one model by WebAssembly kernels in a memory of its own, with the cache written in place.
 *
 * @param model  Borrowed while this reads its weights; afterwards only its plan and its condition are used.
 * @throws {OptionError} if threads are out of range.
 * @throws {UnsupportedError} with all reasons, if it cannot run the model.
 * @throws {ResourceError} OOM if the weights do not fit, WORKER_LOST if a thread does not start.
 */
export async function cpuExecutor(
  model: SequenceModel,
  { format = 'f32', threads = 1, build, engineRows = Infinity }: CpuExecutorOptions = {},
): Promise<CpuExecutor> {
  assertThreads(threads);
  const network = supportedNetwork(model);
  const layout = new RegionLayout(firstFree);
  const placer = new WeightPlacer(layout);
  const owned: Tensor[] = [];
  let machine: Machine | undefined;
  try {
    const placed = await placeNetwork(placer, network, { format, owned });
    layout.assertFits();
    const usable = canShareMemory() ? threads : 1;
    machine = await Machine.start({ threads: usable, ...(build && { build }) });
    machine.reserve(layout.end);
    await placer.fill(machine);
    return new MachineExecutor(machine, {
      network,
      placed,
      format,
      engineRows,
      end: layout.end,
    });
  } catch (error) {
    machine?.dispose();
    throw error;
  } finally {
    for (const tensor of owned) tensor.dispose();
  }
}

function assertThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1 && threads <= mostThreads) return;
  throw new OptionError(
    `cpuExecutor: threads must be an integer from 1 to ${mostThreads}, got ${threads}. Use as many as there are cores.`,
  );
}

function supportedNetwork(model: SequenceModel): Network {
  const support = cpuSupports(model);
  if (support.isSupported && model.network !== undefined) return model.network;
  const reasons = support.isSupported ? [] : support.reasons;
  throw new UnsupportedError(
    `cpuExecutor: cannot run this model: ${reasons.join('; ')}. Use the reference executor.`,
  );
}

interface LoadedNetwork {
  readonly network: Network;
  readonly placed: PlacedNetwork;
  readonly format: WeightFormat;
  readonly engineRows: number;
  /** First byte behind the weights. */
  readonly end: number;
}

class MachineExecutor implements CpuExecutor {
  readonly name = 'cpu';
  readonly #machine: Machine;
  readonly #loaded: LoadedNetwork;
  /** Where the regions of generations under way end. */
  readonly #ends = new Set<RegionLayout>();

  constructor(machine: Machine, loaded: LoadedNetwork) {
    this.#machine = machine;
    this.#loaded = loaded;
  }

  get format(): WeightFormat {
    return this.#loaded.format;
  }

  get build(): KernelBuild {
    return this.#machine.build;
  }

  get threads(): number {
    return this.#machine.threads;
  }

  async *run(
    model: SequenceModel,
    options: DecodeOptions,
  ): AsyncGenerator<DecodedStep, void, void> {
    const { seeds, guidanceScaleAt, given, signal } = options;
    const layout = new RegionLayout(Math.max(this.#loaded.end, ...ends(this.#ends)));
    this.#ends.add(layout);
    try {
      const source = await this.#open(model, options, layout);
      const tokens = newTokens(model, seeds.length);
      const keys = stepKeys(model.plan, seeds);
      const steps = stepCount(model.plan);
      const programs = this.#compile(source);
      for (let step = 0; step < steps; step++) {
        await turnOfEventLoop();
        signal?.throwIfAborted();
        const { start, end } = stepRange(model.plan, step);
        await this.#step(source, programs, {
          plan: model.plan,
          step,
          tokens: tokens as Int32Array,
        });
        const drawn = atStep(step, () =>
          sampleLogits(this.#logits(source, end - start), source.network.vocabularySize, {
            items: seeds.length,
            isGuided: guidanceScaleAt !== undefined,
            guidanceScale: guidanceScaleAt?.(step) ?? 1,
            sampling: options.sampling ?? {},
            keyOf: keys(step),
          }),
        );
        writeTokens(tokens, model, { drawn, items: seeds.length, start, end, given });
        yield {
          step,
          steps,
          tokens: filledTokens(model, tokens, { items: seeds.length, filled: end }),
          filled: end,
          stateBytes: source.regions.cacheBytes,
        };
      }
    } finally {
      this.#ends.delete(layout);
    }
  }

  dispose(): void {
    this.#machine.dispose();
  }

  /** Reserves the regions of one generation and fills what the condition decides. */
  async #open(
    { plan }: SequenceModel,
    { seeds, condition, guidanceScaleAt }: DecodeOptions,
    layout: RegionLayout,
  ): Promise<ProgramSource> {
    const { network, placed } = this.#loaded;
    const sequences = seeds.length * (guidanceScaleAt === undefined ? 1 : 2);
    const sizes = {
      items: seeds.length,
      sequences,
      mostPositions: mostPositions(plan),
      hasEngineSteps: sequences * mostPositions(plan) >= this.#loaded.engineRows,
      capacity: planLength(plan),
      threads: this.#machine.threads,
    };
    const regions = runRegions(layout, { network, placed }, sizes);
    layout.assertFits();
    this.#machine.reserve(layout.end);
    const source = { network, placed, regions, sizes };
    // Memory of an earlier generation is used again: the sum starts from zero, scored padding must be finite.
    for (const { address, bytes } of layout.regions) this.#machine.bytes(address, bytes).fill(0);
    await placeModulations(this.#machine, source, condition);
    return source;
  }

  /** Writes what is the same for every step. */
  #compile(source: ProgramSource): Programs {
    const { blocks, engineBlocks } = source.regions;
    const records = compileBlocks(source, false);
    writeStretches(this.#machine, blocks, records);
    const engine =
      engineBlocks === undefined
        ? []
        : writeStretches(this.#machine, engineBlocks, compileBlocks(source, true));
    return { machine: records.length, engine };
  }

  /** Runs one step; its logits are then in their region. */
  async #step(
    source: ProgramSource,
    { machine, engine }: Programs,
    {
      plan,
      step,
      tokens,
    }: { readonly plan: Plan; readonly step: number; readonly tokens: Int32Array },
  ): Promise<void> {
    const { start, end } = stepRange(plan, step);
    const { regions, sizes } = source;
    const rows = sizes.sequences * (end - start);
    this.#writeIds(source, { plan, step, tokens });
    const inputs = compileInputs(source, plan, step);
    const records = regions.blocks - inputs.length * recordWords * 4;
    this.#machine.write(records, inputs);
    const isOnEngine = rows >= this.#loaded.engineRows;
    const stretches = isOnEngine
      ? [{ records, count: inputs.length }, ...engine]
      : [{ records, count: inputs.length + machine }];
    await runStretches(this.#machine, stretches, {
      sequences: sizes.sequences,
      positions: end - start,
      fill: start,
      sight: sightOf(plan, step),
    });
  }

  /** Ids that feed a step: of the step before in a plan of scales, else of the position before, -1 at the first. */
  #writeIds(
    { network, regions, sizes }: ProgramSource,
    {
      plan,
      step,
      tokens,
    }: { readonly plan: Plan; readonly step: number; readonly tokens: Int32Array },
  ): void {
    const length = planLength(plan);
    const { start, end } = stepRange(plan, step);
    if (step === 0) {
      this.#machine.integers(regions.ids, sizes.sequences * (end - start)).fill(-1);
      return;
    }
    const isScale = network.inputs.kind === 'scale';
    const [from, to] = isScale ? [stepRange(plan, step - 1).start, start] : [start - 1, end - 1];
    const count = isScale ? sizes.items : sizes.sequences;
    const ids = this.#machine.integers(regions.ids, count * (to - from));
    for (let sequence = 0; sequence < count; sequence++) {
      const first = (sequence % sizes.items) * length;
      ids.set(tokens.subarray(first + from, first + to), sequence * (to - from));
    }
  }

  /** Logits of a step, without the columns that pad them. */
  #logits({ network, placed, regions, sizes }: ProgramSource, positions: number): Float32Array {
    const rows = sizes.sequences * positions;
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

/** Blocks and head, compiled for one generation. */
interface Programs {
  /** Records of the machine alone. */
  readonly machine: number;
  /** With products of the engine between them. */
  readonly engine: readonly Stretch[];
}

function ends(layouts: Iterable<RegionLayout>): number[] {
  return Array.from(layouts, ({ end }) => end);
}

function mostPositions(plan: Plan): number {
  const counts = Array.from({ length: stepCount(plan) }, (_, step) => stepRange(plan, step));
  return Math.max(...counts.map(({ start, end }) => end - start));
}

/** Which slots the rows of a step see. */
function sightOf(plan: Plan, step: number): Sight {
  const { start, end } = stepRange(plan, step);
  const { visibility } = plan;
  if (visibility.kind === 'previous-and-self') return { begin: 0, end: start, isSelfSeen: true };
  const back =
    visibility.kind === 'markov' ? 1 : visibility.kind === 'window' ? visibility.steps : step;
  return { begin: stepRange(plan, Math.max(0, step - back)).start, end, isSelfSeen: false };
}

function atStep<T>(step: number, draw: () => T): T {
  try {
    return draw();
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    throw new NumericError(`decode: step ${step}: ${error.message}`, error);
  }
}
