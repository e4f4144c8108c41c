import type { Tensor } from '@tensorflow/tfjs-core';
import { stepKeys } from '../../decode/decode.ts';
import type { DecodedStep, DecodeOptions, Executor } from '../../decode/executor.ts';
import { logProbAdder } from '../../decode/log-probs.ts';
import { filledTokens, newTokens, writeTokens } from '../../decode/token-buffer.ts';
import { NumericError, OptionError } from '../../errors.ts';
import { stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Network } from '../../program/network.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import { turnOfEventLoop } from '../../turn-of-event-loop.ts';
import type { WeightFormat } from '../weight-format.ts';
import { Generation } from './generation.ts';
import { firstFree, Machine } from './machine.ts';
import type { KernelBuild } from './machine.ts';
import { placeNetwork } from './place-network.ts';
import type { PlacedNetwork } from './place-network.ts';
import { WeightPlacer } from './place-weights.ts';
import type { Address } from './records.ts';
import { mostBytes, RegionLayout } from './region.ts';
import { Room } from './room.ts';
import { runRegions, runSizes } from './run-regions.ts';
import type { RunRegions, RunSizes } from './run-regions.ts';
import { cpuSupports } from './supports.ts';
import { supportedNetwork } from '../network-support.ts';
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
   * several times faster at many. @defaultValue never
   */
  readonly engineRows?: number;
}

/** The cpu executor of one model, and how it runs. */
export interface CpuExecutor extends Executor {
  readonly name: 'cpu';
  readonly format: WeightFormat;
  readonly build: KernelBuild;
  readonly threads: number;
  /** As the option of the same name; infinite for never. */
  readonly engineRows: number;
  /** Whether a generation of so many items fits beside the weights and those under way. */
  fits(plan: Plan, items: number, isGuided: boolean): boolean;
}

/** Most threads of an executor. */
export const mostCpuThreads = 64;

/**
 * An executor that runs one model by WebAssembly kernels in a memory of its own, with the cache written in place.
 *
 * @param model  Borrowed: it must live as long as the executor, whose generations make their condition's vectors with it.
 * @throws {OptionError} if threads are out of range.
 * @throws {UnsupportedError} with all reasons, if it cannot run the model, or WebAssembly here lacks SIMD or threads.
 * @throws {ResourceError} OOM if the weights do not fit, WORKER_LOST if a thread does not start.
 */
export async function cpuExecutor(
  model: SequenceModel,
  { format = 'f32', threads = 1, build, engineRows = Infinity }: CpuExecutorOptions = {},
): Promise<CpuExecutor> {
  assertThreads(threads);
  const network = supportedNetwork('cpuExecutor', model, cpuSupports(model));
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
  if (Number.isInteger(threads) && threads >= 1 && threads <= mostCpuThreads) return;
  throw new OptionError(
    `cpuExecutor: threads must be an integer from 1 to ${mostCpuThreads}, got ${threads}. Use as many as there are cores.`,
  );
}

interface LoadedNetwork {
  readonly network: Network;
  readonly placed: PlacedNetwork;
  readonly format: WeightFormat;
  readonly engineRows: number;
  /** First byte behind the weights. */
  readonly end: Address;
}

class MachineExecutor implements CpuExecutor {
  readonly name = 'cpu';
  readonly #machine: Machine;
  readonly #loaded: LoadedNetwork;
  readonly #room: Room;

  constructor(machine: Machine, loaded: LoadedNetwork) {
    this.#machine = machine;
    this.#loaded = loaded;
    this.#room = new Room(loaded.end);
  }

  get format(): WeightFormat {
    return this.#loaded.format;
  }

  get hasLogProbs(): boolean {
    return this.#loaded.network.head.kind === 'categorical';
  }

  get build(): KernelBuild {
    return this.#machine.build;
  }

  get threads(): number {
    return this.#machine.threads;
  }

  get engineRows(): number {
    return this.#loaded.engineRows;
  }

  fits(plan: Plan, items: number, isGuided: boolean): boolean {
    const { end } = this.#layout(0, this.#sizes(plan, items, isGuided)).layout;
    return this.#room.lowest(end) + end <= mostBytes;
  }

  async *run(
    model: SequenceModel,
    options: DecodeOptions,
  ): AsyncGenerator<DecodedStep, void, void> {
    const { seeds, guidanceScaleAt, given, signal } = options;
    this.#assertOwn(model);
    const { plan } = model;
    const { generation, release } = this.#open(plan, options);
    try {
      await generation.condition(options.condition);
      const tokens = newTokens(model, seeds.length);
      const keys = stepKeys(plan, seeds);
      const steps = stepCount(plan);
      for (let step = 0; step < steps; step++) {
        await turnOfEventLoop();
        signal?.throwIfAborted();
        const { start, end } = stepRange(plan, step);
        await generation.step(step, tokens);
        const drawing = generation.draw(step, {
          items: seeds.length,
          isGuided: guidanceScaleAt !== undefined,
          guidanceScale: guidanceScaleAt?.(step) ?? 1,
          sampling: options.sampling ?? {},
          keyOf: keys(step),
          ...logProbAdder(options, plan, step),
        });
        const drawn = await atStep(step, drawing);
        writeTokens(tokens, model, { drawn, items: seeds.length, start, end, given });
        yield {
          step,
          steps,
          tokens: filledTokens(model, tokens, { items: seeds.length, filled: end }),
          filled: end,
          stateBytes: generation.cacheBytes,
        };
      }
    } finally {
      release();
    }
  }

  dispose(): void {
    this.#machine.dispose();
  }

  #assertOwn({ network }: SequenceModel): void {
    if (network === this.#loaded.network) return;
    throw new OptionError(
      'cpu executor: it must run the model that it was made for, got another. Make one for each model.',
    );
  }

  #sizes(plan: Plan, items: number, isGuided: boolean): RunSizes {
    const { engineRows } = this.#loaded;
    return runSizes(plan, { items, isGuided, engineRows, threads: this.#machine.threads });
  }

  #layout(
    start: Address,
    sizes: RunSizes,
  ): { readonly layout: RegionLayout; readonly regions: RunRegions } {
    const layout = new RegionLayout(start);
    return { layout, regions: runRegions(layout, this.#loaded, sizes) };
  }

  /** Reserves the regions of one generation in the lowest gap that holds them. */
  #open(
    plan: Plan,
    { seeds, guidanceScaleAt }: DecodeOptions,
  ): { readonly generation: Generation; readonly release: () => void } {
    const { network, placed, engineRows } = this.#loaded;
    const sizes = this.#sizes(plan, seeds.length, guidanceScaleAt !== undefined);
    const bytes = this.#layout(0, sizes).layout.end;
    const { layout, regions } = this.#layout(this.#room.lowest(bytes), sizes);
    layout.assertFits();
    this.#machine.reserve(layout.end);
    const release = this.#room.take({ begin: layout.start, end: layout.end });
    // Memory of an earlier generation is used again, and the sum of the scales starts from zero.
    for (const { address, bytes: size } of layout.regions) {
      this.#machine.bytes(address, size).fill(0);
    }
    const source = { network, placed, regions, sizes };
    return { generation: new Generation(this.#machine, source, { plan, engineRows }), release };
  }
}

async function atStep<T>(step: number, drawing: Promise<T>): Promise<T> {
  try {
    return await drawing;
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    throw new NumericError(`decode: step ${step}: ${error.message}`, error);
  }
}
