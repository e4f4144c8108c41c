import { NextxError, ResourceError, UnsupportedError } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineStatus } from './engine-name.ts';

/** Opens the machine's WebGPU implementation; a test passes another. */
export type OpenGpu = () => Promise<GPU>;

/**
 * Makes a GPU compute, through WebGPU: Node's own or a browser's if there is one, else Dawn (the package `webgpu`).
 *
 * WebGPU reports a failed allocation or dispatch as an event only, and later reads give zeros. Here every read after
 * such an event rejects instead, so a training loop stops at the next loss it looks at.
 *
 * @param open  Where WebGPU comes from. @defaultValue `navigator.gpu`, else Dawn
 * @returns The adapter's name as its driver gives it. Calling it again changes nothing but the active engine.
 * @throws {UnsupportedError} if the package `webgpu` is missing or has no build for this machine.
 * @throws {ResourceError} NOT_FOUND if there is no adapter, OOM if it gives no device.
 */
export async function activateWebGpu(open: OpenGpu = openGpu): Promise<{ adapter: string }> {
  await import('@tensorflow/tfjs'); // registers the gradients
  const known = engineDevice();
  if (known !== undefined) {
    await tf.setBackend('webgpu');
    return { adapter: describeAdapter(known.adapterInfo) };
  }
  const gpu = await open();
  const adapter = await findAdapter(gpu);
  const device = await requestDevice(adapter);
  exposeGpu(gpu);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  // The backend's own factory leaves the device's limits at their defaults and its errors unheard.
  if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => {
    const backend = new WebGPUBackend(device, adapter.info);
    rejectReadsAfterFailure(backend, device);
    return backend;
  });
  await tf.setBackend('webgpu');
  return { adapter: describeAdapter(adapter.info) };
}

/** A device for kernels of one's own, and how to give it up. */
export interface OpenDevice {
  readonly device: GPUDevice;
  /** The adapter's name as its driver gives it. */
  readonly adapter: string;
  /** Frees the device, unless it is the engine's. What is open must be held: collecting it makes Dawn abort. */
  readonly close: () => void;
}

/**
 * The device of the webgpu engine where that has started, else one of its own.
 *
 * @param open  Where WebGPU comes from. @defaultValue `navigator.gpu`, else Dawn
 * @throws what `activateWebGpu` throws.
 */
export async function openGpuDevice(open: OpenGpu = openFusedGpu): Promise<OpenDevice> {
  const known = engineDevice();
  if (known !== undefined) {
    return { device: known, adapter: describeAdapter(known.adapterInfo), close: () => {} };
  }
  const gpu = await open();
  const adapter = await findAdapter(gpu);
  const opened = { gpu, adapter, device: await requestDevice(adapter) };
  return {
    device: opened.device,
    adapter: describeAdapter(adapter.info),
    close: () => opened.device.destroy(),
  };
}

/** The device of the backend that `activateWebGpu` registered. */
function engineDevice(): GPUDevice | undefined {
  const backend = tf.findBackend('webgpu') as unknown as { device: GPUDevice } | null;
  return backend?.device;
}

/** Whether a GPU could compute here, for `nextx doctor`; a software adapter is named as such. */
export async function webGpuStatus(open: OpenGpu = openGpu): Promise<Omit<EngineStatus, 'name'>> {
  try {
    const { info } = await findAdapter(await open());
    return { available: true, reason: describeAdapter(info) };
  } catch (error) {
    if (!(error instanceof NextxError)) throw error;
    const missing = error instanceof UnsupportedError;
    return {
      available: false,
      reason: missing ? 'the package webgpu does not load here' : 'no GPU adapter',
      remedy: missing ? installRemedy : driverRemedy,
    };
  }
}

const installRemedy = 'npm install webgpu@0.6.2';

const driverRemedy =
  'install the GPU driver and a Vulkan loader (Debian: libvulkan1); with neither, a software adapter can be named by ' +
  'VK_DRIVER_FILES (vk_swiftshader_icd.json of Chromium)';

/** The global `navigator`: absent in Node 20, without `gpu` in later ones. */
type GlobalNavigator = { gpu?: GPU } | undefined;

/**
 * WebGPU for fused kernels, whose lanes write the workgroup memory that they read: zeroing it first takes a software
 * adapter minutes of compiling. They also keep their indices in bounds by themselves, of which Dawn's checks take a
 * tenth of a step (docs/decisions/2026-11-26-webgpu-on-a-gpu.md). Kernels of tfjs may count on both.
 */
function openFusedGpu(): Promise<GPU> {
  return openGpu(['enable-dawn-features=disable_workgroup_init,disable_robustness']);
}

/** @param options  Of Dawn. */
async function openGpu(options: readonly string[] = []): Promise<GPU> {
  const { navigator: own } = globalThis as { navigator?: GlobalNavigator };
  if (own?.gpu !== undefined) return own.gpu;
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    return create([...options]);
  } catch (error) {
    throw new UnsupportedError(
      `webgpu: the package webgpu must load on ${process.platform}-${process.arch}, it did not. ` +
        `To get it: ${installRemedy}.`,
      error,
    );
  }
}

/** Puts WebGPU where tfjs looks for it. */
function exposeGpu(gpu: GPU): void {
  const { navigator: own } = globalThis as { navigator?: GlobalNavigator };
  if (own?.gpu !== undefined) return;
  const descriptor = { value: gpu, configurable: true, enumerable: true, writable: true };
  if (own === undefined) {
    Object.defineProperty(globalThis, 'navigator', { ...descriptor, value: { gpu } });
  } else {
    Object.defineProperty(own, 'gpu', descriptor);
  }
}

async function findAdapter(gpu: GPU): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new ResourceError(
      `webgpu: a GPU adapter is needed, none was found. To get one: ${driverRemedy}.`,
      'NOT_FOUND',
    );
  }
  return adapter;
}

/** Times of passes, and sums over the lanes of a subgroup. */
const isWanted = (feature: string): boolean => ['timestamp-query', 'subgroups'].includes(feature);

/** A device with the adapter's own limits: the defaults stop at 256 MiB buffers, and at 128 MiB in a binding. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { limits } = adapter;
  try {
    return await adapter.requestDevice({
      requiredFeatures: [...adapter.features].filter(isWanted) as GPUFeatureName[],
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
        maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
        maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
        maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      },
    });
  } catch (error) {
    throw new ResourceError(
      `webgpu: the adapter ${describeAdapter(adapter.info)} must give a device, it did not. ` +
        'Close other programs that use the GPU, or take another engine.',
      'OOM',
      error,
    );
  }
}

/** After the device's first failure every read of the backend rejects with it. */
function rejectReadsAfterFailure(
  backend: { read(dataId: object): Promise<tf.BackendValues> },
  device: GPUDevice,
): void {
  let failure: ResourceError | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault(); // else Dawn prints it
    failure ??= deviceFailure(event.error);
  });
  void device.lost.then(({ reason, message }) => {
    if (reason === 'destroyed') return; // on purpose, when the backend is removed
    failure ??= new ResourceError(
      `webgpu: the device must stay until the end, it was lost: ${firstLine(message)} Start again.`,
      'DEVICE_LOST',
    );
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    if (failure !== undefined) throw failure;
    return values;
  };
}

function deviceFailure(error: GPUError): ResourceError {
  const outOfMemory = error instanceof GPUOutOfMemoryError || error.message.includes('buffer size');
  const remedy = outOfMemory ? 'Take a smaller batch or model.' : 'Take another engine.';
  return new ResourceError(
    `webgpu: every command must succeed on the device, one did not: ${firstLine(error.message)} ${remedy}`,
    outOfMemory ? 'OOM' : 'DEVICE_LOST',
    error,
  );
}

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0].trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

function describeAdapter(info: GPUAdapterInfo): string {
  const name = [info.vendor, info.description || info.device || info.architecture];
  const software = info.isFallbackAdapter || info.architecture === 'swiftshader';
  return name.filter(Boolean).join(' ') + (software ? ' (software, slower than wasm)' : '');
}
