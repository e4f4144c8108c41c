import type { SequenceModel } from '@nextx/core';
import { webgpuExecutor } from '@nextx/core/webgpu';
import type { WebgpuExecutor, WebgpuExecutorOptions } from '@nextx/core/webgpu';
import type { OpenGpu } from './engines/webgpu-engine.ts';

/** The webgpu executor on a device of this machine. */
export interface AdapterExecutor extends WebgpuExecutor {
  /** The adapter's name, as its driver gives it. */
  readonly adapter: string;
}

/**
 * Starts the webgpu executor: on the device of the webgpu engine where that computes, else on one of its own, which is
 * freed with it.
 *
 * @param open  Where WebGPU comes from; a test passes another.
 * @throws {UnsupportedError} with the reasons, if it cannot run the model, or WebGPU does not load here.
 * @throws {ResourceError} NOT_FOUND if there is no adapter, OOM if the weights do not fit.
 */
export async function openWebgpuExecutor(
  model: SequenceModel,
  options: Omit<WebgpuExecutorOptions, 'device'>,
  open?: OpenGpu,
): Promise<AdapterExecutor> {
  const { openGpuDevice } = await import('./engines/webgpu-engine.ts');
  const { device, adapter, close } = await openGpuDevice(open);
  try {
    const executor = await webgpuExecutor(model, { ...options, device });
    const { name, format, cacheFormat } = executor;
    return {
      name,
      format,
      cacheFormat,
      adapter,
      fits: (...generation) => executor.fits(...generation),
      run: (...generation) => executor.run(...generation),
      dispose: () => {
        executor.dispose();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
