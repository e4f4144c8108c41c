import { ResourceError, UnsupportedError } from '../../errors.ts';
import type { VisibleRange } from '../visible-range.ts';
import { plainKernels } from './kernels-plain.wasm.ts';
import { relaxedKernels } from './kernels-relaxed.wasm.ts';
import { writeRecords } from './records.ts';
import type { Address, MachineRecord } from './records.ts';
import { startThread } from './threads.ts';
import type { MachineThread } from './threads.ts';
import { webAssembly } from './web-assembly.ts';
import type { WasmMemory, WasmModule } from './web-assembly.ts';

/** Which build of the kernels runs: `relaxed` rounds a product and a sum once, `plain` gives the same bits everywhere. */
export type KernelBuild = 'relaxed' | 'plain';

/** One run of a program. */
export interface MachineRun {
  /** Where the records lie, and how many. */
  readonly records: Address;
  readonly count: number;
  readonly sequences: number;
  /** New rows of each sequence. */
  readonly positions: number;
  /** Slots filled before them. */
  readonly fill: number;
  readonly visible: VisibleRange;
}

interface Exports {
  areBytesRight(): number;
  run(control: number, threads: number, maySleep: boolean): void;
  close(control: number, threads: number): void;
}

/** A page's own thread may not wait for others asleep. */
const isPage = 'document' in globalThis;

const pageBytes = 65536;
/** Where the words that all threads share lie; the bytes below are the compiler's own. */
const control = 1024;
/** First byte free for regions. */
export const firstFree: Address = 2048;

/** Words of the control block, as the class `Control` of `assembly/index.as` has them. */
const words = { records: 4, count: 5, sequences: 6, positions: 7, fill: 8, begin: 9 } as const;

/** The WebAssembly memory and the threads that run programs in it. */
export class Machine {
  readonly build: KernelBuild;
  readonly threads: number;
  readonly #memory: WasmMemory;
  readonly #exports: Exports;
  readonly #workers: readonly MachineThread[];
  #isClosed = false;

  private constructor(
    build: KernelBuild,
    memory: WasmMemory,
    { exports, workers }: { exports: Exports; workers: readonly MachineThread[] },
  ) {
    this.build = build;
    this.threads = workers.length + 1;
    this.#memory = memory;
    this.#exports = exports;
    this.#workers = workers;
  }

  /**
   * Starts a machine.
   *
   * @param options  Threads, at least 1; the build, or the faster one that runs here.
   * @throws {UnsupportedError} where WebAssembly lacks SIMD or threads, or the build that was asked for.
   * @throws {ResourceError} OOM if no memory can be reserved, WORKER_LOST if a thread does not start.
   */
  static async start({
    threads,
    build = fastestBuild(),
  }: {
    readonly threads: number;
    readonly build?: KernelBuild;
  }): Promise<Machine> {
    const loaded = await loadKernels(build);
    // Some engines compile the relaxed products of bytes wrongly where the processor lacks AVX.
    if (build === 'relaxed' && loaded.exports.areBytesRight() === 0) {
      return Machine.start({ threads, build: 'plain' });
    }
    const { module, memory, exports } = loaded;
    const starts = Array.from({ length: threads - 1 }, (_, index) =>
      startThread({ module, memory, control, thread: index + 1, threads }),
    );
    const started = await Promise.allSettled(starts);
    const workers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      for (const worker of workers) worker.terminate();
      throw failed.reason;
    }
    return new Machine(build, memory, { exports, workers });
  }

  /** The memory as it is now; growing leaves older views short. */
  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  /** Makes the memory reach `end`. @throws {ResourceError} OOM if the system has no more. */
  reserve(end: Address): void {
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / pageBytes);
    if (missing <= 0) return;
    try {
      this.#memory.grow(missing);
    } catch (cause) {
      throw new ResourceError(
        `cpu executor: ${Math.ceil(end / 2 ** 20)} MiB must be free, the system refused. Generate fewer items at once or choose a smaller weight format.`,
        'OOM',
        cause,
      );
    }
  }

  /** Values at an address, a view until the next `reserve`. */
  floats(address: Address, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  /** The same as int32. */
  integers(address: Address, count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, count);
  }

  /** The same as bytes. */
  bytes(address: Address, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, count);
  }

  /** Writes a program where `run` finds it. */
  write(address: Address, records: readonly MachineRecord[]): void {
    writeRecords(this.#memory.buffer, address, records);
  }

  /** Runs a program on all threads and returns when it is done. */
  run({ records, count, sequences, positions, fill, visible }: MachineRun): void {
    if (this.#isClosed) {
      throw new ResourceError(
        'cpu executor: must not be used after dispose(). Make a new one.',
        'DISPOSED',
      );
    }
    const state = this.integers(control, 12);
    state[words.records] = records;
    state[words.count] = count;
    state[words.sequences] = sequences;
    state[words.positions] = positions;
    state[words.fill] = fill;
    state.set([visible.begin, visible.end, Number(visible.isSelfSeen)], words.begin);
    this.#exports.run(control, this.threads, !isPage);
  }

  /** Ends the threads; safe to call twice. */
  dispose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#exports.close(control, this.threads);
    for (const worker of this.#workers) worker.terminate();
  }
}

async function loadKernels(build: KernelBuild): Promise<{
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  readonly exports: Exports;
}> {
  const module = await webAssembly.compile(bytesOf(build)).catch((cause: unknown) => {
    throw new UnsupportedError(
      `cpu executor: WebAssembly must have threads and ${build} SIMD, this engine has not. Use the reference executor.`,
      cause,
    );
  });
  const memory = newMemory();
  const { exports } = await webAssembly.instantiate(module, { env: { memory } });
  return { module, memory, exports: exports as Exports }; // those of assembly/index.as
}

function newMemory(): WasmMemory {
  try {
    return new webAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  } catch (cause) {
    throw new ResourceError(
      'cpu executor: 4 GiB of addresses must be free, the system refused them. Use the reference executor.',
      'OOM',
      cause,
    );
  }
}

/** `relaxed` where the engine has relaxed SIMD. */
export function fastestBuild(): KernelBuild {
  return webAssembly.validate(bytesOf('relaxed')) ? 'relaxed' : 'plain';
}

function bytesOf(build: KernelBuild): Uint8Array<ArrayBuffer> {
  const text = build === 'relaxed' ? relaxedKernels : plainKernels;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
