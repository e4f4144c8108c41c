import type { Tensor } from '@tensorflow/tfjs-core';
import type { DecodedStep, DecodeOptions, Executor } from '../../decode/executor.ts';
import { newTokens } from '../../decode/token-buffer.ts';
import { NumericError, OptionError, ResourceError } from '../../errors.ts';
import { planLength, stepCount } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import type { AnyNetwork } from '../../program/network.ts';
import { parseSamplingOptions } from '../../sampling/filters.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { assertKnownFilters } from './compile-sampling.ts';
import type { GpuBuffer, GpuDevice } from './device.ts';
import { DeviceWatch } from './device-watch.ts';
import { assertOptions } from './executor-options.ts';
import type { WebgpuExecutorOptions } from './executor-options.ts';
import { finishedSteps } from './finished-steps.ts';
import { finishedSlices } from './finished-slices.ts';
import type { Pending } from './finished-slices.ts';
import { Generation } from './generation.ts';
import { generationMemory, generationRegions, generationSizes } from './generation-regions.ts';
import { KeptGeneration } from './kept-generation.ts';
import type { OpenGeneration } from './kept-generation.ts';
import { allocate, storageUsage, writeInPieces } from './gpu-memory.ts';
import { usualCacheFormat } from './gpu-weight-format.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { assertFits, bindingLimit, fitsInto, fourBytes, MemoryPlan } from './memory-plan.ts';
import type { AllowedMemory } from './memory-plan.ts';
import { Pipelines } from './pipelines.ts';
import { persistenceOf } from './persistence-of.ts';
import type { Persistence } from './persistent-shape.ts';
import { placeNetwork } from './place-network.ts';
import type { PlacedNetwork } from './place-network.ts';
import { WeightPlacer } from './place-weights.ts';
import { webgpuSupports } from './supports.ts';
import { supportedNetwork } from '../network-support.ts';

/** An executor on a device, and how it runs, for the record of what it makes. */
export interface WebgpuExecutor extends Executor {
  readonly name: 'webgpu';
  readonly format: GpuWeightFormat;
  readonly cacheFormat: CacheFormat;
  /** Whether a generation of so many items fits beside the weights, as far as the limits of the device tell. */
  fits(plan: Plan, items: number, isGuided: boolean): boolean;
}

/**
 * An executor that runs one model by WebGPU kernels: cache, logits and draws stay on the device, which gives tokens
 * alone, some steps late. What a finished generation was made of stays on the device for the next of its kind, until
 * another kind is drawn or the executor is disposed.
 *
 * @param model  Borrowed while this reads its weights; afterwards only its plan and its condition are used, and its
 *   `inputs` where these feed the steps.
 * @throws {OptionError} if an option is out of range.
 * @throws {UnsupportedError} with all reasons, if it cannot run the model.
 * @throws {ResourceError} OOM if the weights do not fit, DEVICE_LOST if the device is gone.
 */
export async function webgpuExecutor(
  model: Pick<SequenceModel, 'network' | 'plan'>,
  options: WebgpuExecutorOptions,
): Promise<WebgpuExecutor> {
  assertOptions(options);
  const { device, format = 'f32', memoryBytes = Infinity, sliceSteps } = options;
  const cacheFormat = options.cacheFormat ?? usualCacheFormat(format);
  const network = supportedNetwork<AnyNetwork>('webgpuExecutor', model, webgpuSupports(model));
  const watch = new DeviceWatch(device);
  const memory = new MemoryPlan(bindingLimit(device));
  const placer = new WeightPlacer(memory);
  const owned: Tensor[] = [];
  let weights: readonly GpuBuffer[] = [];
  try {
    const placed = placeNetwork(placer, network, { format, owned });
    assertFits([memory], { total: memoryBytes, binding: bindingLimit(device) });
    const requests = memory.sizes.map((bytes) => ({
      label: 'weights',
      bytes,
      usage: storageUsage,
    }));
    weights = await watch.finish(allocate(device, requests));
    await placer.fill(({ buffer, at }, data) =>
      writeInPieces(device, { buffer: weights[buffer], at: at * fourBytes }, data),
    );
    const pipelines = new Pipelines(device);
    const positions = planLength(model.plan);
    return new DeviceExecutor(
      { device, watch, pipelines, weights, memory, network, placed, positions },
      { format, cacheFormat, memoryBytes, sliceSteps },
      persistenceOf(options, network.parts.width),
    );
  } catch (error) {
    watch.end();
    for (const buffer of weights) buffer.destroy();
    throw error;
  } finally {
    for (const tensor of owned) tensor.dispose();
  }
}

interface LoadedNetwork {
  readonly device: GpuDevice;
  readonly watch: DeviceWatch;
  readonly pipelines: Pipelines;
  readonly weights: readonly GpuBuffer[];
  readonly memory: MemoryPlan;
  readonly network: AnyNetwork;
  readonly placed: PlacedNetwork;
  /** Positions that tables of positions and angles have rows for. */
  readonly positions: number;
}

/** How a generation is laid out. */
interface Layout {
  readonly plan: Plan;
  readonly isGuided: boolean;
  readonly persistence?: Persistence;
}

type MadeGeneration = Pick<OpenGeneration, 'generation' | 'cacheBytes'>;

interface RunSettings {
  readonly format: GpuWeightFormat;
  readonly cacheFormat: CacheFormat;
  readonly memoryBytes: number;
  readonly sliceSteps: number | undefined;
}

class DeviceExecutor implements WebgpuExecutor {
  readonly name = 'webgpu';
  readonly format: GpuWeightFormat;
  readonly cacheFormat: CacheFormat;
  readonly #loaded: LoadedNetwork;
  readonly #settings: RunSettings;
  readonly #codes = new Map<string, string>();
  /** Until workgroups turn out not to run at the same time. */
  #persistence: Persistence | undefined;
  readonly #met = new Set<string>();
  readonly #kept = new KeptGeneration();
  /** Generations under way; weights are freed behind the last. */
  #running = 0;
  #isDisposed = false;

  constructor(loaded: LoadedNetwork, settings: RunSettings, persistence: Persistence | undefined) {
    this.#loaded = loaded;
    this.#settings = settings;
    this.#persistence = persistence;
    this.format = settings.format;
    this.cacheFormat = settings.cacheFormat;
  }

  fits(plan: Plan, items: number, isGuided: boolean): boolean {
    const persistence = this.#persistence;
    const { plans } = this.#lay({ plan, isGuided, ...(persistence && { persistence }) }, items);
    return fitsInto(plans, this.#allowed);
  }

  async *run(
    model: SequenceModel,
    options: DecodeOptions,
  ): AsyncGenerator<DecodedStep, void, void> {
    this.#assertUsable();
    this.#assertOwn(model);
    assertKnownFilters(parseSamplingOptions(options.sampling ?? {}));
    this.#running++;
    try {
      const opened = await this.#open(model, options);
      const { generation, cacheBytes } = opened;
      const pending: Pending[] = [];
      let isDone = false;
      try {
        const tokens = newTokens(model, options.seeds.length);
        const { watch, network } = this.#loaded;
        const isFed = network.inputs.kind === 'recipe';
        const how = { watch, model, options, tokens, isFed, sliceSteps: this.#settings.sliceSteps };
        for await (const slice of finishedSlices(generation, pending, how)) {
          options.signal?.throwIfAborted();
          yield* finishedSteps(model, options, { slice, tokens, cacheBytes });
        }
        isDone = true;
      } catch (error) {
        // Workgroups that no longer run together make NaN: if it was that, the next generation does without.
        if (error instanceof NumericError) this.#persistence = undefined;
        throw error;
      } finally {
        // A buffer that is being read may not be freed.
        await Promise.allSettled(pending.map((slice) => slice.tokens));
        if (isDone) this.#kept.keep(opened);
        else generation.dispose();
      }
    } finally {
      this.#running--;
      if (this.#isDisposed) this.#free();
    }
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#free();
  }

  #free(): void {
    if (this.#running > 0) return;
    this.#kept.keep(undefined);
    this.#loaded.watch.end();
    for (const buffer of this.#loaded.weights) buffer.destroy();
  }

  #assertUsable(): void {
    if (this.#isDisposed) {
      throw new ResourceError(
        'webgpu executor: must not be used after dispose(). Make a new one.',
        'DISPOSED',
      );
    }
    this.#loaded.watch.assertAlive();
  }

  #assertOwn({ network, plan }: SequenceModel): void {
    if (network !== this.#loaded.network) {
      throw new OptionError(
        'webgpu executor: it must run the model that it was made for, got another. Make one for each model.',
      );
    }
    const { positions } = this.#loaded;
    if (planLength(plan) <= positions) return;
    throw new OptionError(
      `webgpu executor: the plan must have at most the ${positions} positions of the model's own, it has ${planLength(plan)}. Make an executor for the longer plan.`,
    );
  }

  get #allowed(): AllowedMemory {
    return { total: this.#settings.memoryBytes, binding: bindingLimit(this.#loaded.device) };
  }

  /** Where everything of one generation would lie. */
  #lay({ plan, isGuided, persistence }: Layout, items: number) {
    const { device, network, placed, memory: weights } = this.#loaded;
    const { cacheFormat } = this.#settings;
    const sizes = generationSizes(plan, { items, isGuided, cacheFormat });
    const memory = generationMemory(bindingLimit(device));
    const regions = generationRegions(memory, network, sizes, persistence);
    return {
      source: {
        network,
        placed,
        regions,
        sizes,
        codes: this.#codes,
        ...(persistence && { persistence }),
      },
      memory,
      plans: [weights, memory.arena, memory.caches, memory.state],
    };
  }

  /** Checks that one generation fits, and makes it, of what the last has left where that fits. */
  async #open(model: SequenceModel, options: DecodeOptions): Promise<OpenGeneration> {
    const { plan } = model;
    const { seeds, guidanceScaleAt, sampling = {} } = options;
    const isGuided = guidanceScaleAt !== undefined;
    const kind = JSON.stringify([seeds.length, isGuided, parseSamplingOptions(sampling)]);
    const kept = this.#kept.take(plan, kind);
    if (kept !== undefined) {
      try {
        await this.#loaded.watch.finish(kept.generation.renew(options));
      } catch (error) {
        kept.generation.dispose();
        throw error;
      }
      return kept;
    }
    const persistence = this.#persistence;
    // Each block of each step has a tag of its own.
    const tags = stepCount(plan) * this.#loaded.placed.blocks.length;
    if (persistence !== undefined && tags < 2 ** 16) {
      const generation = await this.#openPersistent({ plan, isGuided, persistence }, options);
      if (generation !== undefined) return { ...generation, plan, kind };
    }
    return { ...(await this.#make({ plan, isGuided }, options)), plan, kind };
  }

  /** A generation whose blocks are one dispatch, or nothing where the device cannot run it. */
  async #openPersistent(
    how: Layout & { readonly persistence: Persistence },
    options: DecodeOptions,
  ): Promise<MadeGeneration | undefined> {
    let made: MadeGeneration;
    try {
      made = await this.#make(how, options);
    } catch (error) {
      if (error instanceof ResourceError) throw error;
      // The driver does not compile it.
      this.#persistence = undefined;
      return undefined;
    }
    if (await this.#meets(made.generation)) return made;
    made.generation.dispose();
    // Beside another generation workgroups may have waited for room.
    if (this.#running === 1) this.#persistence = undefined;
    return undefined;
  }

  /** Checks that a generation fits, and makes it. */
  async #make(how: Layout, options: DecodeOptions): Promise<MadeGeneration> {
    const { source, memory, plans } = this.#lay(how, options.seeds.length);
    assertFits(plans, this.#allowed);
    const opening = Generation.open(this.#loaded, { source, memory }, { plan: how.plan, options });
    const generation = await this.#loaded.watch.finish(opening);
    return { generation, cacheBytes: source.regions.cacheBytes };
  }

  /** Whether the workgroups of its persistent dispatches run at the same time; frees it if the device fails. */
  async #meets(generation: Generation): Promise<boolean> {
    try {
      return await this.#loaded.watch.finish(generation.meets(this.#met));
    } catch (error) {
      generation.dispose();
      throw error;
    }
  }
}
