import type { DecodeOptions } from '../../decode/executor.ts';
import type { TokenValues } from '../../heads/head.ts';
import { planLength, stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { keyFromSeed } from '../../random/threefry.ts';
import { assertGrids } from './assert-grids.ts';
import { compileModulation } from './compile-blocks.ts';
import type { Dispatch, ProgramSource } from './compile-blocks.ts';
import { compileProgram, kernelSlots, stepSlots } from './compile-program.ts';
import { bufferUsage, mapModeRead } from './device.ts';
import type { GpuBuffer, GpuDevice, GpuPass } from './device.ts';
import { splitsOf } from './generation-regions.ts';
import type { GenerationMemory } from './generation-regions.ts';
import { allocate, storageUsage, writeInPieces } from './gpu-memory.ts';
import type { BufferRequest } from './gpu-memory.ts';
import { slotBytes } from './kernel-fields.ts';
import { fourBytes } from './memory-plan.ts';
import type { Pipelines } from './pipelines.ts';
import { uploadCondition } from './upload-condition.ts';

/** Slices on their way at most, so that the device never waits for the host. */
export const mostSlices = 3;

/** What a generation runs on. */
export interface GenerationDevice {
  readonly device: GpuDevice;
  readonly pipelines: Pipelines;
  readonly weights: readonly GpuBuffer[];
}

/** A dispatch whose objects are made. */
interface Command {
  readonly pipeline: object;
  readonly group: object;
  /** Byte of its parameters. */
  readonly kernel: number;
  /** Bytes behind the parameters of a step at which those lie that it reads. */
  readonly step: number;
  readonly grid: Dispatch['grid'];
}

/** All commands of a generation. */
interface Commands {
  readonly opening: readonly Command[];
  readonly steps: readonly (readonly Command[])[];
}

/** Consecutive steps that are encoded and read back together. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** The buffers and commands of one generation; everything that its loop needs is made before it. */
export class Generation {
  readonly #device: GpuDevice;
  readonly #source: ProgramSource;
  readonly #plan: Plan;
  readonly #buffers: readonly GpuBuffer[];
  readonly #arena: GpuBuffer;
  /** Where tokens that are drawn lie, from which value on, and how many values each has. */
  readonly #drawn: { readonly buffer: GpuBuffer; readonly at: number; readonly size: number };
  readonly #readers: readonly GpuBuffer[];
  /** What is made once, in front of the first step. */
  readonly #opening: readonly Command[];
  readonly #steps: readonly (readonly Command[])[];
  readonly #offsets: [number, number] = [0, 0];

  private constructor(
    device: GpuDevice,
    { source, plan }: { readonly source: ProgramSource; readonly plan: Plan },
    buffers: {
      readonly all: readonly GpuBuffer[];
      readonly arena: GpuBuffer;
      readonly state: GpuBuffer;
    },
    { opening, steps }: Commands,
  ) {
    this.#device = device;
    this.#source = source;
    this.#plan = plan;
    this.#buffers = buffers.all;
    this.#arena = buffers.arena;
    const { latents, state } = source.regions;
    this.#drawn =
      latents === undefined
        ? { buffer: buffers.state, at: state.ids, size: 1 }
        : { buffer: buffers.arena, at: 4 * latents.done, size: tokenSizeOf(source) };
    this.#readers = buffers.all.slice(-mostSlices);
    this.#opening = opening;
    this.#steps = steps;
  }

  /**
   * Compiles the program, makes the buffers and fills them.
   *
   * @throws {ResourceError} OOM if the device has no room.
   */
  static async open(
    on: GenerationDevice,
    { source, memory }: { readonly source: ProgramSource; readonly memory: GenerationMemory },
    { plan, options }: { readonly plan: Plan; readonly options: DecodeOptions },
  ): Promise<Generation> {
    const { device, pipelines, weights } = on;
    const program = compileProgram(source, plan, options);
    assertGrids(device, program);
    const opening = compileModulation(source);
    const { kernels, offsets } = kernelSlots([opening, ...program]);
    const compiled = new Map<string, object>();
    for (const { code } of offsets.keys()) compiled.set(code, await pipelines.get(code));
    const kernelBytes = kernels.bytes();
    const stepBytes = stepSlots(source, plan, options).bytes();
    const all = await allocate(device, bufferRequests(memory, { kernelBytes, stepBytes, source }));
    try {
      const [kernelBuffer, stepBuffer, arena, state, ...others] = all;
      const caches = others.slice(0, memory.caches.sizes.length);
      writeInPieces(device, { buffer: kernelBuffer, at: 0 }, new Uint8Array(kernelBytes));
      writeInPieces(device, { buffer: stepBuffer, at: 0 }, new Uint8Array(stepBytes));
      writeInPieces(device, { buffer: state, at: 0 }, initialState(source, plan, options));
      await uploadCondition(
        (at, values) => writeInPieces(device, { buffer: arena, at: at * fourBytes }, values),
        source,
        options.condition,
      );
      const groups = weights.map((matrices) =>
        caches.map((cache) =>
          pipelines.bind({
            kernels: kernelBuffer,
            steps: stepBuffer,
            weights: matrices,
            arena,
            cache,
            state,
          }),
        ),
      );
      const command = (each: Dispatch): Command => ({
        // Both maps hold every dispatch of the program.
        pipeline: compiled.get(each.code) as object,
        group: groups[each.weights][each.cache],
        kernel: offsets.get(each) as number,
        step: each.isRowByRow === true ? stepCount(plan) * slotBytes : 0,
        grid: each.grid,
      });
      const commands = new Map([...offsets.keys()].map((each) => [each, command(each)]));
      const commandsOf = new Map(
        [...new Set(program)].map((step) => [
          step,
          step.map((each) => commands.get(each) as Command),
        ]),
      );
      const steps = program.map((step) => commandsOf.get(step) as Command[]);
      return new Generation(
        device,
        { source, plan },
        { all, arena, state },
        { opening: opening.map((each) => commands.get(each) as Command), steps },
      );
    } catch (error) {
      for (const buffer of all) buffer.destroy();
      throw error;
    }
  }

  /** Encodes a slice, hands it to the device, and gives its tokens when they come: `[positions, items, tokenSize]`. */
  async run({ from, to }: Slice, turn: number): Promise<TokenValues> {
    const { start } = stepRange(this.#plan, from);
    const { end } = stepRange(this.#plan, to - 1);
    const { items } = this.#source.sizes;
    const { buffer, at, size } = this.#drawn;
    const bytes = 4 * size * items * (end - start);
    const reader = this.#readers[turn % mostSlices];
    const encoder = this.#device.createCommandEncoder();
    this.#encode(encoder, { from, to });
    encoder.copyBufferToBuffer(buffer, 4 * (at + size * items * start), reader, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    await reader.mapAsync(mapModeRead, 0, bytes);
    const mapped = reader.getMappedRange(0, bytes).slice(0);
    reader.unmap();
    return this.#source.regions.latents === undefined
      ? new Int32Array(mapped)
      : new Float32Array(mapped);
  }

  /** Writes the rows of the step that is encoded next, `[sequences, n, C]`. */
  feed(rows: Float32Array): void {
    const at = this.#source.regions.x * fourBytes;
    writeInPieces(this.#device, { buffer: this.#arena, at }, rows);
  }

  /** Frees all buffers; no slice may be on its way. */
  dispose(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }

  #encode(encoder: ReturnType<GpuDevice['createCommandEncoder']>, { from, to }: Slice): void {
    const pass = encoder.beginComputePass();
    // Behind the steps, twice, lie the parameters of the opening.
    if (from === 0) this.#record(pass, this.#opening, 2 * stepCount(this.#plan));
    for (let step = from; step < to; step++) this.#record(pass, this.#steps[step], step);
    pass.end();
  }

  #record(pass: GpuPass, commands: readonly Command[], step: number): void {
    const splits = commands === this.#opening ? 1 : splitsOf(this.#plan, step);
    for (const { pipeline, group, kernel, grid, step: behind } of commands) {
      this.#offsets[0] = kernel;
      this.#offsets[1] = step * slotBytes + behind;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group, this.#offsets);
      pass.dispatchWorkgroups(grid[0], grid[1], grid[2] === 'splits' ? splits : grid[2]);
    }
  }
}

/** The buffers of one generation, in their order. */
export function bufferRequests(
  memory: GenerationMemory,
  {
    kernelBytes,
    stepBytes,
    source,
  }: {
    readonly kernelBytes: ArrayBuffer;
    readonly stepBytes: ArrayBuffer;
    readonly source: ProgramSource;
  },
): BufferRequest[] {
  const uniform = bufferUsage.uniform | bufferUsage.copyTarget;
  const { items, capacity } = source.sizes;
  const reader = {
    label: 'tokens on their way',
    bytes: 4 * items * capacity * tokenSizeOf(source),
    usage: bufferUsage.mapRead | bufferUsage.copyTarget,
  };
  return [
    { label: 'kernels', bytes: kernelBytes.byteLength, usage: uniform },
    { label: 'steps', bytes: stepBytes.byteLength, usage: uniform },
    { label: 'rows', bytes: memory.arena.sizes[0], usage: storageUsage },
    { label: 'state', bytes: memory.state.sizes[0], usage: storageUsage },
    ...memory.caches.sizes.map((bytes) => ({ label: 'cache', bytes, usage: storageUsage })),
    ...Array.from({ length: mostSlices }, () => reader),
  ];
}

/** Values of one token. */
function tokenSizeOf({ placed: { head } }: ProgramSource): number {
  return head.kind === 'categorical' ? 1 : head.channels;
}

/** Ids to come, given ids position by position, keys of the items, and positions in generation order. */
function initialState(
  { regions, sizes }: ProgramSource,
  plan: Plan,
  { seeds, given }: DecodeOptions,
): Int32Array {
  const { state } = regions;
  const { items } = sizes;
  const length = planLength(plan);
  const values = new Int32Array(state.length);
  values.fill(-1, state.ids, state.given + items * length);
  for (let item = 0; item < items; item++) {
    for (let position = 0; given !== undefined && position < length; position++) {
      values[state.given + position * items + item] = given[item * length + position];
    }
    values.set(keyFromSeed(seeds[item]), state.keys + 2 * item);
  }
  values.set(plan.positions, state.positions);
  return values;
}
