/**
 * What the executor needs of WebGPU, as types of its own: a `GPUDevice` of a browser or of Dawn fits.
 */
export interface GpuDevice {
  readonly limits: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxComputeWorkgroupsPerDimension: number;
    readonly maxComputeWorkgroupStorageSize: number;
  };
  readonly features: { has(name: string): boolean };
  /** Absent in browsers that came before it. */
  readonly adapterInfo?: {
    readonly vendor: string;
    readonly subgroupMinSize?: number;
    readonly subgroupMaxSize?: number;
  };
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  readonly queue: GpuQueue;
  createBuffer(descriptor: { label?: string; size: number; usage: number }): GpuBuffer;
  createBindGroupLayout(descriptor: {
    entries: Iterable<{ binding: number; visibility: number; buffer?: object }>;
  }): object;
  createPipelineLayout(descriptor: { bindGroupLayouts: Iterable<unknown> }): object;
  createShaderModule(descriptor: { label?: string; code: string }): object;
  createComputePipelineAsync(descriptor: {
    label?: string;
    layout: unknown;
    compute: { module: unknown; entryPoint?: string };
  }): Promise<object>;
  createBindGroup(descriptor: {
    layout: unknown;
    entries: Iterable<{ binding: number; resource: unknown }>;
  }): object;
  createCommandEncoder(): GpuEncoder;
  pushErrorScope(filter: 'validation' | 'out-of-memory' | 'internal'): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  addEventListener(type: 'uncapturederror', listener: (event: GpuFault) => void): void;
  removeEventListener(type: 'uncapturederror', listener: (event: GpuFault) => void): void;
}

/** A command that the device refused, which it reports as an event alone. */
export interface GpuFault {
  readonly error: { readonly message: string };
  preventDefault(): void;
}

/** The queue of a device. */
export interface GpuQueue {
  writeBuffer(
    buffer: unknown,
    offset: number,
    data: ArrayBuffer,
    dataOffset?: number,
    size?: number,
  ): void;
  submit(commands: Iterable<unknown>): void;
}

/** A buffer of a device. */
export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number, offset?: number, size?: number): Promise<unknown>;
  getMappedRange(offset?: number, size?: number): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

/** Records commands. */
export interface GpuEncoder {
  beginComputePass(): GpuPass;
  clearBuffer(buffer: unknown): void;
  copyBufferToBuffer(
    source: unknown,
    sourceOffset: number,
    destination: unknown,
    destinationOffset: number,
    size: number,
  ): void;
  finish(): object;
}

/** Records dispatches. */
export interface GpuPass {
  setPipeline(pipeline: unknown): void;
  setBindGroup(index: number, group: unknown, offsets: Iterable<number>): void;
  dispatchWorkgroups(x: number, y?: number, z?: number): void;
  end(): void;
}

/** Bits of `GPUBufferUsage`. */
export const bufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
} as const;

/** `GPUMapMode.READ` and `GPUShaderStage.COMPUTE`. */
export const mapModeRead = 1;
/** The compute stage. */
export const computeStage = 4;
