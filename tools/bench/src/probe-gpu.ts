import { openGpuDevice } from '@nextx/cli/webgpu';
import type { GpuFigures } from './gpu-figures.ts';
import { copyBytesPerSecond, emptyDispatchSeconds } from './gpu-figures.ts';

/** The process that measures what a GPU can do at best: prints its figures, or fails where there is none. */
const { device, adapter, close } = await openGpuDevice();
const figures: GpuFigures = {
  adapter,
  emptyDispatchSeconds: await emptyDispatchSeconds(device),
  copyBytesPerSecond: await copyBytesPerSecond(device),
};
close();
process.stdout.write(`${JSON.stringify(figures)}\n`);
