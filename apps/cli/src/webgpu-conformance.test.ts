import type { SequenceModel } from '@nextx/core';
import { describeExecutor } from '@nextx/core/conformance';
import { webgpuSupports } from '@nextx/core/webgpu';
import { vi } from 'vitest';
import { activateEngine } from './engines/engine.ts';
import { webGpuStatus } from './engines/webgpu-engine.ts';
import { openWebgpuExecutor } from './open-webgpu-executor.ts';
import { conformanceTable } from './testing/conformance-table.test-support.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

const { available, reason } = await webGpuStatus();
const executor = {
  name: 'webgpu',
  supports: webgpuSupports,
  make: (model: SequenceModel) => openWebgpuExecutor(model, {}),
  // Every device rounds exponentials in a way of its own.
  nearTies: 1,
  ...(!available && { missing: reason }),
} as const;

for (const name of Object.keys(conformanceTable.tinyRecipes)) {
  describeExecutor({
    name,
    executor,
    start: () => activateEngine('cpu'),
    create: (seed) => conformanceTable.tinyRecipeInstance(name, seed),
  });
}
