/** What computes: TensorFlow's C library, a GPU through WebGPU, WebAssembly, or plain JavaScript. */
export type EngineName = 'native' | 'webgpu' | 'wasm' | 'cpu';

/** All engines, fastest first where each has what it needs. */
export const engineNames: readonly EngineName[] = ['native', 'webgpu', 'wasm', 'cpu'];

/** Options of an engine's start. */
export interface EngineOptions {
  /**
   * Threads of one operation. The native and the wasm engine take it on their first start in a process; wasm uses them
   * for products and convolutions, plain JS has one whatever it says; a GPU has no use for it.
   *
   * @defaultValue one a core
   */
  readonly threads?: number;
  /**
   * Whether the native engine rounds the factors of products and convolutions to bfloat16, sums staying in float32.
   * Several times faster on processors with such units (AMX, AVX-512 BF16), nothing elsewhere. Taken on its first
   * load in a process.
   *
   * @defaultValue false
   */
  readonly isBf16?: boolean;
  /**
   * Whether the wasm engine multiplies and convolves by the kernels of the cpu executor instead of tfjs's own.
   *
   * @defaultValue true
   */
  readonly isAccelerated?: boolean;
}

/** An engine that now computes. */
export interface ActiveEngine {
  readonly name: EngineName;
  /** Release of what computes: TensorFlow's for native, the backend package's for the others. */
  readonly version: string;
  /** Why this one, in words for a person. */
  readonly reason: string;
}

/** Whether an engine could be started here. */
export interface EngineStatus {
  readonly name: EngineName;
  readonly available: boolean;
  /** Why, or why not. */
  readonly reason: string;
  /** What makes it available, or faster where it is; absent where nothing is to be done. */
  readonly remedy?: string;
}

/** What an engine says of itself once it has started. */
export interface StartedEngine extends Omit<ActiveEngine, 'reason'> {
  /** What a person should know about how it runs, to be added to the reason. */
  readonly note?: string;
}
