export { webgpuExecutor } from './executors/webgpu/webgpu-executor.ts';
export type { WebgpuExecutor } from './executors/webgpu/webgpu-executor.ts';
export type { WebgpuExecutorOptions } from './executors/webgpu/executor-options.ts';
export type { CacheFormat } from './executors/webgpu/bindings.wgsl.ts';
export type {
  GpuBuffer,
  GpuDevice,
  GpuEncoder,
  GpuFault,
  GpuPass,
  GpuQueue,
} from './executors/webgpu/device.ts';
export { gpuWeightFormats } from './executors/webgpu/gpu-weight-format.ts';
export type { GpuWeightFormat } from './executors/webgpu/gpu-weight-format.ts';
export { listWebgpuProgram } from './executors/webgpu/list-program.ts';
export type { WebgpuListingOptions } from './executors/webgpu/list-program.ts';
export { persistenceOf } from './executors/webgpu/persistence-of.ts';
export type { Persistence } from './executors/webgpu/persistent-shape.ts';
export { webgpuSupports } from './executors/webgpu/supports.ts';
