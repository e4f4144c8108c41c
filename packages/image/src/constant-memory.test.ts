import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { decode } from '@nextx/core';
import type { Executor } from '@nextx/core';
import { cpuExecutor } from '@nextx/core/cpu';
import type { RecipeInstance } from '@nextx/core/conformance';
import { collectGarbage, memoryUse } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyRecipeInstance } from './conformance-table.test-support.ts';

const wasmFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(dirname(wasmFile) + sep);

let instance: RecipeInstance;
beforeAll(async () => {
  await tf.setBackend('wasm');
  instance = await tinyRecipeInstance('var', 1n);
});
afterAll(() => instance.dispose());

describe('1,000 generations', () => {
  it.each([
    ['the reference executor', undefined],
    ['the cpu executor', () => cpuExecutor(instance.model)],
  ])(
    'by %s leave as many tensors and as much memory as 200',
    async (_, make) => {
      const executor = await make?.();
      await generate(200, executor);
      const before = await memoryUse();

      await generate(800, executor);

      const after = await memoryUse();
      executor?.dispose();
      expect(after.tensors).toBe(before.tensors);
      expect(after.held).toBeLessThan(before.held * 1.03);
      expect(after.process).toBeLessThan(before.process * 1.05);
    },
    240_000,
  );
});

async function generate(times: number, executor: Executor | undefined): Promise<void> {
  for (let time = 0; time < times; time++) {
    const condition = instance.condition(1, true);
    const options = { seeds: [BigInt(time)], condition, guidanceScaleAt: () => 2 };
    for await (const { filled } of decode(instance.model, {
      ...options,
      ...(executor && { executor }),
    })) {
      expect(filled).toBeGreaterThan(0);
    }
    condition.dispose();
    if (time % 50 === 49) collectGarbage();
  }
}
