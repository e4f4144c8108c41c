import { webgpuExecutor } from '@nextx/core/webgpu';
import { setBackend } from '@tensorflow/tfjs';
import { guidedTokens, tinyLlamaGen } from './tiny-model.ts';

/** The worker of worker.test.ts: tokens by the webgpu executor on a device of its own, or what went wrong. */
try {
  await setBackend('cpu');
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  if (device === undefined) throw new Error('there is no adapter in the worker');
  const { model, dispose } = await tinyLlamaGen();
  const executor = await webgpuExecutor(model, { device });
  const tokens = await guidedTokens(model, executor);
  executor.dispose();
  dispose();
  device.destroy();
  postMessage({ tokens, isWorker: !('document' in globalThis) });
} catch (error) {
  postMessage({ error: String(error) });
}
