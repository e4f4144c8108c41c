import type { Tensor } from '@tensorflow/tfjs-core';
import type { DecodedStep, DecodeOptions, Executor } from '../../decode/executor.ts';
import { filledTokens, newTokens } from '../../decode/token-buffer.ts';
import { NumericError, OptionError, ResourceError } from '../../errors.ts';
import type { TokenValues } from '../../heads/head.ts';
import { planLength, stepCount, stepRange } from '../../plan/plan.ts';
import type { Network } from '../../program/network.ts';
import { parseSamplingOptions } from '../../sampling/filters.ts';
import type { SequenceModel } from '../../sequence-model.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { assertKnownFilters } from './compile-sampling.ts';
import type { GpuBuffer, GpuDevice } from './device.ts';
import { DeviceWatch } from './device-watch.ts';
import { Generation, mostSlices } from './generation.ts';
import type { Slice } from './generation.ts';
import { generationMemory, generationRegions, generationSizes } from './generation-regions.ts';
import { allocate, storageUsage, writeInPieces } from './gpu-memory.ts';
import { gpuWeightFormats, usualCacheFormat } from './gpu-weight-format.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import { assertFits, bindingLimit, fourBytes, MemoryPlan } from './memory-plan.ts';
import { Pipelines } from './pipelines.ts';
import { placeNetwork } from './place-network.ts';
import type { PlacedNetwork } from './place-network.ts';
import { WeightPlacer } from './place-weights.ts';
import { brokenId } from './sample.wgsl.ts';
import { SlicePacer } from './slice-pacer.ts';
import { webgpuSupports } from './supports.ts';
import { supportedNetwork } from '../network-support.ts';

/** How the webgpu executor runs. */
export interface WebgpuExecutorOptions {
  /** The device, borrowed: ask its adapter for the limits of the model. */
  readonly device: GpuDevice;
  /** How the matrices of the blocks are stored. @defaultValue 'f32' */
  readonly format?: GpuWeightFormat;
  /** How keys and values are stored. @defaultValue f32 with f32 weights, else f16 */
  readonly cacheFormat?: CacheFormat;
  /** Bytes that weights, cache and rows may take together. @defaultValue what the device gives */
  readonly memoryBytes?: number;
  /** Steps that are encoded together, at least 1. @defaultValue as many as take some milliseconds */
  readonly sliceSteps?: number;
}

/** An executor on a device, and how it runs, for the record of what it makes. */
export interface WebgpuExecutor extends Executor {
  readonly name: 'webgpu';
  readonly format: GpuWeightFormat;
  readonly cacheFormat: CacheFormat;
}

/**
 * An executor that runs one model by WebGPU kernels: cache, logits and draws stay on the device, which gives tokens
 * alone, some steps late.
 *
 * @param model  Borrowed while this reads its weights; afterwards only its plan and its condition are used.
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
  const network = supportedNetwork('webgpuExecutor', model, webgpuSupports(model));
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
    return new DeviceExecutor(
      { device, watch, pipelines: new Pipelines(device), weights, memory, network, placed },
      { format, cacheFormat, memoryBytes, sliceSteps },
    );
  } catch (error) {
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
  readonly network: Network;
  readonly placed: PlacedNetwork;
}

interface RunSettings {
  readonly format: GpuWeightFormat;
  readonly cacheFormat: CacheFormat;
  readonly memoryBytes: number;
  readonly sliceSteps: number | undefined;
}

/** Tokens of a slice that is on its way. */
interface Pending extends Slice {
  readonly tokens: Promise<TokenValues>;
}

class DeviceExecutor implements WebgpuExecutor {
  readonly name = 'webgpu';
  readonly format: GpuWeightFormat;
  readonly cacheFormat: CacheFormat;
  readonly #loaded: LoadedNetwork;
  readonly #settings: RunSettings;
  /** Generations under way; weights are freed behind the last. */
  #running = 0;
  #isDisposed = false;

  constructor(loaded: LoadedNetwork, settings: RunSettings) {
    this.#loaded = loaded;
    this.#settings = settings;
    this.format = settings.format;
    this.cacheFormat = settings.cacheFormat;
  }

  async *run(
    model: SequenceModel,
    options: DecodeOptions,
  ): AsyncGenerator<DecodedStep, void, void> {
    this.#assertUsable();
    assertKnownFilters(parseSamplingOptions(options.sampling ?? {}));
    this.#running++;
    try {
      const { generation, cacheBytes } = await this.#open(model, options);
      const pending: Pending[] = [];
      try {
        const tokens = newTokens(model, options.seeds.length);
        for await (const slice of this.#slices(generation, pending, model)) {
          options.signal?.throwIfAborted();
          yield* stepsOf(model, options, { slice, tokens, cacheBytes });
        }
      } finally {
        // A buffer that is being read may not be freed.
        await Promise.allSettled(pending.map((slice) => slice.tokens));
        generation.dispose();
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

  /** Checks that one generation fits, and makes it. */
  async #open(
    { plan }: SequenceModel,
    options: DecodeOptions,
  ): Promise<{ readonly generation: Generation; readonly cacheBytes: number }> {
    const { device, watch, network, placed, memory: weights } = this.#loaded;
    const { cacheFormat, memoryBytes } = this.#settings;
    const sizes = generationSizes(plan, {
      items: options.seeds.length,
      isGuided: options.guidanceScaleAt !== undefined,
      cacheFormat,
    });
    const limit = bindingLimit(device);
    const memory = generationMemory(limit);
    const regions = generationRegions(memory, network, sizes);
    assertFits([weights, memory.arena, memory.caches, memory.state], {
      total: memoryBytes,
      binding: limit,
    });
    const source = { network, placed, regions, sizes };
    const opening = Generation.open(this.#loaded, { source, memory }, { plan, options });
    return { generation: await watch.finish(opening), cacheBytes: regions.cacheBytes };
  }

  /** Finished slices in order; some more are always on their way. */
  async *#slices(
    generation: Generation,
    pending: Pending[],
    { plan }: SequenceModel,
  ): AsyncGenerator<Slice & { readonly drawn: TokenValues }, void, void> {
    const { watch } = this.#loaded;
    const steps = stepCount(plan);
    const pacer = new SlicePacer(this.#settings.sliceSteps);
    let next = 0;
    let count = 0;
    let since = Date.now();
    while (next < steps || pending.length > 0) {
      while (next < steps && pending.length < mostSlices) {
        const slice = { from: next, to: Math.min(steps, next + pacer.take()) };
        const tokens = generation.run(slice, count++);
        // Awaited in its turn: a failure must not go unheard until then.
        tokens.catch(() => undefined);
        pending.push({ ...slice, tokens });
        next = slice.to;
      }
      const [{ from, to, tokens }] = pending;
      const drawn = await watch.finish(tokens);
      pending.shift();
      const now = Date.now();
      pacer.note(to - from, now - since);
      since = now;
      yield { from, to, drawn };
    }
  }
}

/** The steps of one slice; fills the tokens. */
function* stepsOf(
  model: SequenceModel,
  { seeds, signal }: DecodeOptions,
  {
    slice,
    tokens,
    cacheBytes,
  }: {
    readonly slice: Slice & { readonly drawn: TokenValues };
    readonly tokens: TokenValues;
    readonly cacheBytes: number;
  },
): Generator<DecodedStep, void, void> {
  const { plan } = model;
  const items = seeds.length;
  const length = planLength(plan);
  const size = model.tokenSize;
  const first = stepRange(plan, slice.from).start;
  for (let step = slice.from; step < slice.to; step++) {
    signal?.throwIfAborted();
    const { start, end } = stepRange(plan, step);
    for (let position = start; position < end; position++) {
      for (let item = 0; item < items; item++) {
        const at = size * ((position - first) * items + item);
        const values = slice.drawn.subarray(at, at + size);
        assertToken(step, values);
        tokens.set(values, size * (item * length + position));
      }
    }
    yield {
      step,
      steps: stepCount(plan),
      tokens: filledTokens(model, tokens, { items, filled: end }),
      filled: end,
      stateBytes: cacheBytes,
    };
  }
}

/** @throws {NumericError} if an id comes from broken logits, or a value of a latent is not finite. */
function assertToken(step: number, values: TokenValues): void {
  const isLatent = values instanceof Float32Array;
  if (isLatent ? values.every(Number.isFinite) : values[0] !== brokenId) return;
  throw new NumericError(
    `decode: step ${step}: ${isLatent ? 'latents' : 'logits'} must be finite, one is NaN or infinite. Check the weights for NaN, or use f32 weights.`,
  );
}

function assertOptions({ format = 'f32', memoryBytes = 1, sliceSteps = 1 }: WebgpuExecutorOptions) {
  if (!gpuWeightFormats.includes(format)) {
    throw new OptionError(
      `webgpuExecutor: format must be one of ${gpuWeightFormats.join(', ')}, got ${String(format)}. Use f32 for exact weights.`,
    );
  }
  if (!(memoryBytes > 0)) {
    throw new OptionError(
      `webgpuExecutor: memoryBytes must be more than 0, got ${memoryBytes}. Leave it out for what the device gives.`,
    );
  }
  if (!Number.isInteger(sliceSteps) || sliceSteps < 1) {
    throw new OptionError(
      `webgpuExecutor: sliceSteps must be a whole number of at least 1, got ${sliceSteps}. Leave it out.`,
    );
  }
}
