import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { activateEngine } from '@nextx/cli/engines';
import { countParams, exportParams, float32Tensor, writeSafetensors } from '@nextx/core';
import type { HostTensor } from '@nextx/core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { forecastModel, forecastWindows } from './forecast-model.ts';
import { forecastFiles, parseForecastJob } from './forecast-network.ts';

/** The process that writes weights and windows for PyTorch, and says how many weights there are. */
const { network, folder } = parseForecastJob(process.argv[2]);
await activateEngine('cpu');
const { params, rules } = await forecastModel(network);
await writeFile(
  join(folder, forecastFiles.weights),
  writeSafetensors(await exportParams(params, rules)),
);
const { values, marks } = forecastWindows(network);
await writeFile(
  join(folder, forecastFiles.windows),
  writeSafetensors([
    ['values', await onHost(values)],
    ...(marks ? [['marks', await onHost(marks)] as const] : []),
  ]),
);
process.stdout.write(`${countParams(params)}\n`);

async function onHost(tensor: Tensor3D): Promise<HostTensor> {
  return float32Tensor(await tensor.data<'float32'>(), tensor.shape);
}
