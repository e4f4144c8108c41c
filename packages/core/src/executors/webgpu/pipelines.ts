import { computeStage } from './device.ts';
import type { GpuBuffer, GpuDevice } from './device.ts';
import { slotBytes } from './kernel-fields.ts';

/** Buffers that all kernels of a dispatch bind. */
export interface BoundBuffers {
  readonly kernels: GpuBuffer;
  readonly steps: GpuBuffer;
  readonly weights: GpuBuffer;
  readonly arena: GpuBuffer;
  readonly cache: GpuBuffer;
  readonly state: GpuBuffer;
}

/** Compiled kernels of one device; they all have one layout. */
export class Pipelines {
  readonly #device: GpuDevice;
  readonly #bindings: object;
  readonly #layout: object;
  readonly #compiled = new Map<string, Promise<object>>();

  constructor(device: GpuDevice) {
    this.#device = device;
    const uniform = { type: 'uniform', hasDynamicOffset: true, minBindingSize: slotBytes };
    const written = { type: 'storage' };
    const buffers = [uniform, uniform, { type: 'read-only-storage' }, written, written, written];
    this.#bindings = device.createBindGroupLayout({
      entries: buffers.map((buffer, binding) => ({ binding, visibility: computeStage, buffer })),
    });
    this.#layout = device.createPipelineLayout({ bindGroupLayouts: [this.#bindings] });
  }

  /** The kernel of some code, compiled once. */
  get(code: string): Promise<object> {
    const known = this.#compiled.get(code);
    if (known !== undefined) return known;
    const made = this.#device.createComputePipelineAsync({
      layout: this.#layout,
      compute: { module: this.#device.createShaderModule({ code }), entryPoint: 'main' },
    });
    this.#compiled.set(code, made);
    return made;
  }

  /** A bind group of some buffers. */
  bind({ kernels, steps, weights, arena, cache, state }: BoundBuffers): object {
    const slot = (buffer: GpuBuffer) => ({ buffer, offset: 0, size: slotBytes });
    const whole = [weights, arena, cache, state].map((buffer) => ({ buffer }));
    const resources = [slot(kernels), slot(steps), ...whole];
    return this.#device.createBindGroup({
      layout: this.#bindings,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  }
}
