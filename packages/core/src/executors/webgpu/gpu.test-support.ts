/** Everything of WebGPU that must outlive the tests: collecting Dawn's first object aborts the process. */
interface OpenGpu {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
}

const opened: OpenGpu[] = [];

/**
 * SwiftShader compiles the zeroing of workgroup memory value by value, which takes ten times as long as the kernels,
 * whose lanes write what they read.
 */
const options = ['enable-dawn-features=disable_workgroup_init'];

/**
 * A new device of the browser or of Dawn, or nothing where there is no adapter.
 *
 * @param backend  `null` is Dawn's, which does everything but compute and is always there. A browser takes its adapter.
 * @param isWhole  Whether it has all features of its adapter, and all its workgroup memory.
 */
export async function openDevice(
  backend?: 'null',
  isWhole = false,
): Promise<GPUDevice | undefined> {
  const gpu = browserGpu() ?? (await dawnGpu(backend));
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return undefined;
  const { maxComputeWorkgroupStorageSize } = adapter.limits;
  const device = await adapter.requestDevice(
    isWhole
      ? {
          requiredFeatures: [...adapter.features] as GPUFeatureName[],
          requiredLimits: { maxComputeWorkgroupStorageSize },
        }
      : {},
  );
  opened.push({ gpu, adapter, device });
  return device;
}

/** A new device that is always there: of Dawn's null backend, or of the browser. */
export async function openNullDevice(): Promise<GPUDevice> {
  return (await openDevice('null')) as GPUDevice;
}

function browserGpu(): GPU | undefined {
  return (globalThis as { navigator?: { readonly gpu?: GPU } }).navigator?.gpu;
}

async function dawnGpu(backend: 'null' | undefined): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  return create(backend === undefined ? options : [...options, `backend=${backend}`]);
}

/** Whether there is an adapter. */
export const hasAdapter: boolean = (await openDevice()) !== undefined;
