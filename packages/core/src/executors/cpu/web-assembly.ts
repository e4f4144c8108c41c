/** A compiled module; it can be posted to threads. */
export interface WasmModule {
  readonly [wasm: symbol]: never;
}

/** A memory that may be shared by threads. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** As much of the platform's WebAssembly as is needed; TypeScript has it with the page's types only. */
interface WebAssemblyNamespace {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(
    module: WasmModule,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ): Promise<{ readonly exports: unknown }>;
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (options: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => WasmMemory;
}

/** The platform's WebAssembly. */
export const webAssembly: WebAssemblyNamespace = (
  globalThis as unknown as { WebAssembly: WebAssemblyNamespace }
).WebAssembly;
