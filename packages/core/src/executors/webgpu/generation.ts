import type { DecodeOptions } from '../../decode/executor.ts';
import type { TokenValues } from '../../heads/head.ts';
import { stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { assertGrids } from './assert-grids.ts';
import { compileModulation } from './compile-blocks.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { compileProgram, kernelSlots, stepSlots } from './compile-program.ts';
import { mapModeRead } from './device.ts';
import type { GpuBuffer, GpuDevice, GpuPass } from './device.ts';
import { bufferRequests, initialState, mostSlices, tokenSizeOf } from './generation-buffers.ts';
import { meetingWords } from './exchange-places.ts';
import { splitsOf } from './generation-regions.ts';
import type { GenerationMemory } from './generation-regions.ts';
import { allocate, writeInPieces } from './gpu-memory.ts';
import { slotBytes } from './kernel-fields.ts';
import { fourBytes } from './memory-plan.ts';
import type { Pipelines } from './pipelines.ts';
import { uploadCondition } from './upload-condition.ts';

/** What a generation runs on. */
export interface GenerationDevice {
  readonly device: GpuDevice;
  readonly pipelines: Pipelines;
  readonly weights: readonly GpuBuffer[];
}

/** A dispatch whose objects are made. */
interface Command {
  /** The code of a kernel whose workgroups must run at the same time. */
  readonly persistentCode: string | undefined;
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
  readonly device: GpuDevice;
  readonly #source: ProgramSource;
  readonly #plan: Plan;
  readonly #buffers: readonly GpuBuffer[];
  readonly #arena: GpuBuffer;
  readonly #stepBuffer: GpuBuffer;
  /** Where tokens that are drawn lie, from which value on, and how many values each has. */
  readonly #drawn: { readonly buffer: GpuBuffer; readonly at: number; readonly size: number };
  readonly #state: GpuBuffer;
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
      readonly steps: GpuBuffer;
      readonly arena: GpuBuffer;
      readonly state: GpuBuffer;
    },
    { opening, steps }: Commands,
  ) {
    this.device = device;
    this.#source = source;
    this.#plan = plan;
    this.#buffers = buffers.all;
    this.#arena = buffers.arena;
    this.#stepBuffer = buffers.steps;
    const { latents, state } = source.regions;
    this.#state = buffers.state;
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
    const codes = [...new Set([...offsets.keys()].map(({ code }) => code))];
    const compiled = new Map(
      await Promise.all(codes.map(async (code) => [code, await pipelines.get(code)] as const)),
    );
    const kernelBytes = kernels.bytes();
    const stepBytes = stepSlots(source, plan, options).bytes();
    const all = await allocate(device, bufferRequests(memory, { kernelBytes, stepBytes, source }));
    try {
      const [kernelBuffer, stepBuffer, arena, state, ...others] = all;
      const caches = others.slice(0, memory.caches.sizes.length);
      writeInPieces(device, { buffer: kernelBuffer, at: 0 }, new Uint8Array(kernelBytes));
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
        persistentCode: each.run === undefined ? undefined : each.code,
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
      const generation = new Generation(
        device,
        { source, plan },
        { all, steps: stepBuffer, arena, state },
        { opening: opening.map((each) => commands.get(each) as Command), steps },
      );
      await generation.#fill(options);
      return generation;
    } catch (error) {
      for (const buffer of all) buffer.destroy();
      throw error;
    }
  }

  /**
   * Makes it another generation of the same program: with other seeds, given ids, guidance and conditions of the same
   * sizes. No slice may be on its way.
   */
  async renew(options: DecodeOptions): Promise<void> {
    const encoder = this.device.createCommandEncoder();
    // Sums start from zero, and nothing of the last generation may look as if it had just been sent.
    encoder.clearBuffer(this.#arena);
    encoder.clearBuffer(this.#state);
    this.device.queue.submit([encoder.finish()]);
    await this.#fill(options);
  }

  /** Writes what the options say. */
  async #fill(options: DecodeOptions): Promise<void> {
    const source = this.#source;
    const steps = new Uint8Array(stepSlots(source, this.#plan, options).bytes());
    writeInPieces(this.device, { buffer: this.#stepBuffer, at: 0 }, steps);
    const state = initialState(source, this.#plan, options);
    writeInPieces(this.device, { buffer: this.#state, at: 0 }, state);
    await uploadCondition(
      (at, values) =>
        writeInPieces(this.device, { buffer: this.#arena, at: at * fourBytes }, values),
      source,
      options.condition,
    );
  }

  /** Encodes a slice, hands it to the device, and gives its tokens when they come: `[positions, items, tokenSize]`. */
  async run({ from, to }: Slice, turn: number): Promise<TokenValues> {
    const { start } = stepRange(this.#plan, from);
    const { end } = stepRange(this.#plan, to - 1);
    const { items } = this.#source.sizes;
    const { buffer, at, size } = this.#drawn;
    const bytes = 4 * size * items * (end - start);
    const reader = this.#readers[turn % mostSlices];
    const encoder = this.device.createCommandEncoder();
    this.#encode(encoder, { from, to });
    encoder.copyBufferToBuffer(buffer, 4 * (at + size * items * start), reader, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    await reader.mapAsync(mapModeRead, 0, bytes);
    const mapped = reader.getMappedRange(0, bytes).slice(0);
    reader.unmap();
    return this.#source.regions.latents === undefined
      ? new Int32Array(mapped)
      : new Float32Array(mapped);
  }

  /**
   * Whether all workgroups of every persistent dispatch run at the same time.
   *
   * @param known  Code of kernels of which that is known; grows.
   */
  async meets(known: Set<string>): Promise<boolean> {
    for (const command of new Set(this.#steps.flat())) {
      const { persistentCode: code } = command;
      if (code === undefined || known.has(code)) continue;
      if (!(await this.#meet(command))) return false;
      known.add(code);
    }
    return true;
  }

  async #meet(command: Command): Promise<boolean> {
    const at = 4 * (this.#source.regions.state.exchange - meetingWords);
    this.device.queue.writeBuffer(this.#state, at, new ArrayBuffer(8));
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.#record(pass, [command], 2 * stepCount(this.#plan) + 1);
    pass.end();
    const [reader] = this.#readers;
    encoder.copyBufferToBuffer(this.#state, at, reader, 0, 8);
    this.device.queue.submit([encoder.finish()]);
    await reader.mapAsync(mapModeRead, 0, 8);
    const [here, saw] = new Uint32Array(reader.getMappedRange(0, 8).slice(0));
    reader.unmap();
    return here === command.grid[0] && saw === here;
  }

  /** Writes the rows of the step that is encoded next, `[sequences, n, C]`. */
  feed(rows: Float32Array): void {
    const at = this.#source.regions.x * fourBytes;
    writeInPieces(this.device, { buffer: this.#arena, at }, rows);
  }

  /** Copies the rows of the step that is encoded next from another buffer of the device. */
  feedFrom(rows: object, bytes: number): void {
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(rows, 0, this.#arena, this.#source.regions.x * fourBytes, bytes);
    this.device.queue.submit([encoder.finish()]);
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
    // In front of the steps nothing is split.
    const splits = step < stepCount(this.#plan) ? splitsOf(this.#plan, step) : 1;
    for (const { pipeline, group, kernel, grid, step: behind } of commands) {
      this.#offsets[0] = kernel;
      this.#offsets[1] = step * slotBytes + behind;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group, this.#offsets);
      pass.dispatchWorkgroups(grid[0], grid[1], grid[2] === 'splits' ? splits : grid[2]);
    }
  }
}
