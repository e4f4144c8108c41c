import { decode } from '@nextx/core';
import type { Executor, FedNetwork, Network, SequenceModel } from '@nextx/core';
import type { RecipeInstance } from '@nextx/core/conformance';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageModel } from '@nextx/image';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { activateEngine } from './engines/engine.ts';
import { activateWebGpu, webGpuStatus } from './engines/webgpu-engine.ts';
import { openWebgpuExecutor } from './open-webgpu-executor.ts';
import { startExecutor } from './start-executor.ts';
import { capturedWorld } from './testing/captured-world.test-support.ts';
import { conformanceTable } from './testing/conformance-table.test-support.ts';

// A software adapter compiles for seconds where the machine has other work.
vi.setConfig({ testTimeout: 240_000 });

const { available } = await webGpuStatus();

describe.skipIf(!available)(
  'the webgpu executor on the device of the engine (needs a WebGPU adapter)',
  () => {
    afterAll(() => tf.removeBackend('webgpu'));

    it('takes the rows that a recipe makes there from buffer to buffer', async () => {
      await activateEngine('cpu');
      const instance = await conformanceTable.tinyRecipeInstance('llamagen', 1n);
      const own = fed(instance.model);
      const expected = await tokensOf(instance, instance.model);
      await activateWebGpu(openGpu);
      const copies = vi.spyOn(tf.backend(), 'readToGPU');
      const executor = await openWebgpuExecutor(own, {});

      const tokens = await tokensOf(instance, own, executor);

      expect(tokens).toEqual(expected);
      expect(copies).toHaveBeenCalledTimes(own.plan.stepStarts.length - 1);
      executor.dispose();
      instance.dispose();
    });

    it('is started with the remark that every step waits for the recipe', async () => {
      const engine = await activateEngine('cpu');
      const instance = await conformanceTable.tinyRecipeInstance('llamagen', 1n);
      const world = capturedWorld();
      const wanted = { name: 'webgpu', format: 'f32' } as const;
      const batch = { items: 1, isGuided: false };

      // Only the model of a model folder is looked at.
      const folder = { model: fed(instance.model) } as unknown as ImageModel;
      const executor = await startExecutor(folder, wanted, { engine, world, batch });

      expect(world.stderr()).toMatch(
        /^executor: webgpu, f32 .*; every step waits for the tokens before it, which tfjs makes its rows of\n$/,
      );
      executor?.dispose();
      instance.dispose();
    });
  },
);

/** Without the zeroing of workgroup memory, for which a software adapter compiles for minutes. */
async function openGpu(): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  return create(['enable-dawn-features=disable_workgroup_init']);
}

/** The same model, whose executors are not told what feeds its steps. */
function fed(model: SequenceModel): SequenceModel & { readonly network: FedNetwork } {
  const { parts, params, rotary, head } = model.network as Network;
  const body = { parts, params, ...(rotary && { rotary }), head };
  return { ...model, network: { ...body, inputs: { kind: 'recipe' } } };
}

async function tokensOf(
  instance: RecipeInstance,
  model: SequenceModel,
  executor?: Executor,
): Promise<number[]> {
  const condition = instance.condition(2, false);
  let tokens: number[] = [];
  for await (const step of decode(model, {
    seeds: [1n, 2n],
    condition,
    ...(executor && { executor }),
  })) {
    tokens = [...step.tokens];
  }
  condition.dispose();
  return tokens;
}
