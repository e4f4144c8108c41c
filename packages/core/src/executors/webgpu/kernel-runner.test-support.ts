import { openDevice } from './gpu.test-support.ts';
import { bufferUsage } from './device.ts';
import { bytesOf } from './buffer-bytes.test-support.ts';
import { allocate, storageUsage, writeInPieces } from './gpu-memory.ts';
import { kernelFields, Slots, stepFields } from './kernel-fields.ts';
import type { FieldValues } from './kernel-fields.ts';
import { Pipelines } from './pipelines.ts';

/** What one dispatch reads. */
export interface KernelRun {
  readonly kernel: FieldValues<typeof kernelFields>;
  readonly step: FieldValues<typeof stepFields>;
  readonly weights?: Uint8Array | Float32Array;
  readonly arena: Float32Array;
  readonly cache?: Float32Array;
  readonly state?: Int32Array;
  readonly grid: readonly [x: number, y: number, z: number];
}

/** Runs kernels by themselves on one device. */
export class KernelRunner {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;

  private constructor(device: GPUDevice) {
    this.#device = device;
    this.#pipelines = new Pipelines(device);
  }

  static async open(): Promise<KernelRunner> {
    // The suites that use it are skipped where there is no adapter.
    return new KernelRunner((await openDevice()) as GPUDevice);
  }

  /** The arena, the cache and the state behind one dispatch. */
  async run(
    code: string,
    run: KernelRun,
  ): Promise<{ arena: Float32Array; cache: Float32Array; state: Int32Array }> {
    const kernels = new Slots(kernelFields);
    kernels.add(run.kernel);
    const steps = new Slots(stepFields);
    steps.add(run.step);
    const contents = [
      new Uint8Array(kernels.bytes()),
      new Uint8Array(steps.bytes()),
      run.weights ?? new Float32Array(4),
      run.arena,
      run.cache ?? new Float32Array(4),
      run.state ?? new Int32Array(4),
    ];
    const buffers = await allocate(
      this.#device,
      contents.map(({ byteLength }, index) => ({
        label: String(index),
        bytes: byteLength,
        usage: index < 2 ? bufferUsage.uniform | bufferUsage.copyTarget : storageUsage,
      })),
    );
    contents.forEach((values, index) =>
      writeInPieces(this.#device, { buffer: buffers[index], at: 0 }, values),
    );
    const [kernelBuffer, stepBuffer, weights, arena, cache, state] = buffers;
    const pipeline = (await this.#pipelines.get(code)) as GPUComputePipeline;
    const group = this.#pipelines.bind({
      kernels: kernelBuffer,
      steps: stepBuffer,
      weights,
      arena,
      cache,
      state,
    }) as GPUBindGroup;
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group, [0, 0]);
    pass.dispatchWorkgroups(...run.grid);
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
    const [arenaBytes, cacheBytes, stateBytes] = [
      await bytesOf(this.#device, arena),
      await bytesOf(this.#device, cache),
      await bytesOf(this.#device, state),
    ];
    for (const buffer of buffers) buffer.destroy();
    return {
      arena: new Float32Array(arenaBytes),
      cache: new Float32Array(cacheBytes),
      state: new Int32Array(stateBytes),
    };
  }
}
