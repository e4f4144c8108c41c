export { cpuExecutor, mostCpuThreads } from './executors/cpu/cpu-executor.ts';
export type { CpuExecutor, CpuExecutorOptions } from './executors/cpu/cpu-executor.ts';
export type { KernelBuild } from './executors/cpu/machine.ts';
export { cpuSupports } from './executors/cpu/supports.ts';
export { weightFormats } from './executors/weight-format.ts';
export type { WeightFormat } from './executors/weight-format.ts';
export { accelerateWasm } from './executors/cpu/wasm-products.ts';
export type { WasmProducts } from './executors/cpu/wasm-products.ts';
