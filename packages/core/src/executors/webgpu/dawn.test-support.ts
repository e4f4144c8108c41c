import { create, globals } from 'webgpu';

/** Everything of Dawn that must outlive the tests: collecting the first aborts the process. */
interface OpenDawn {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
}

Object.assign(globalThis, globals);
const opened: OpenDawn[] = [];

/**
 * SwiftShader compiles the zeroing of workgroup memory value by value, which takes ten times as long as the kernels,
 * whose lanes write what they read.
 */
const options = ['enable-dawn-features=disable_workgroup_init'];

/** A new device of some backend of Dawn, or nothing where there is no adapter. */
export async function openDawn(backend?: 'null'): Promise<GPUDevice | undefined> {
  const gpu = create(backend === undefined ? options : [...options, `backend=${backend}`]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return undefined;
  const device = await adapter.requestDevice();
  opened.push({ gpu, adapter, device });
  return device;
}

/** Whether there is an adapter. */
export const hasAdapter: boolean = (await openDawn()) !== undefined;
