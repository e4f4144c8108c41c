import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { disposeParams, initializer, namedParams, train } from '@nextx/core';
import type { ParamTree, Trainee } from '@nextx/core';
import { largestDifference } from '@nextx/core/testing';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import {
  tinyPictures,
  tinyRecipeInstance,
  tinyRecipes,
} from '../conformance-table.test-support.ts';
import { multiScaleVqRecipe } from '../tokenizers/multi-scale-vq.ts';
import type { MultiScaleVqParams } from '../tokenizers/multi-scale-vq.ts';

setWasmPaths(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep,
);
const steps = 20;

/** Losses of each step and the final weights of the same training on one engine. */
async function trained(
  engine: string,
  make: () => Promise<{ trainee: Trainee; dispose: () => void }>,
): Promise<{ losses: number[]; weights: Float32Array }> {
  await tf.setBackend(engine);
  const { trainee, dispose } = await make();
  const losses: number[] = [];
  const values: number[] = [];
  for await (const { step, loss, weights } of train(trainee, {
    steps,
    batchSize: 2,
    learningRateAt: () => 1e-3,
    // Where a derivative is zero but for rounding (a bias before a norm), Adam would walk along the rounding.
    epsilon: 1e-4,
    seed: 3n,
  })) {
    losses.push(loss);
    if (step < steps) continue;
    for (const [, weight] of namedParams(weights('current'))) values.push(...(await weight.data()));
  }
  dispose();
  return { losses, weights: Float32Array.from(values) };
}

/** A convolutional tokenizer. */
async function tokenizer(): Promise<{ trainee: Trainee; dispose: () => void }> {
  const options = multiScaleVqRecipe.parse(tinyRecipes['var'].tokenizer);
  const params = multiScaleVqRecipe.init(options, initializer([1, 2]));
  const pictures = tinyPictures();
  const loss = (weights: ParamTree) =>
    multiScaleVqRecipe.bind(options, weights as MultiScaleVqParams).loss(pictures, [0, 0]);
  return {
    trainee: { params, count: 2, loss },
    dispose: () => {
      disposeParams(params);
      pictures.dispose();
    },
  };
}

/** A transformer with adaptive norms. */
async function transformer(): Promise<{ trainee: Trainee; dispose: () => void }> {
  const instance = await tinyRecipeInstance('var', 1n);
  const { params } = instance.model;
  return {
    trainee: { params, count: 2, loss: (weights) => ({ loss: instance.loss(weights, 2) }) },
    dispose: () => instance.dispose(),
  };
}

describe('training on wasm, which lacks the kernels of several derivatives', () => {
  it.each([
    ['a convolutional tokenizer', tokenizer],
    ['the transformer of VAR', transformer],
  ])(
    'gives %s the losses and weights of plain JS for 20 steps',
    async (_, make) => {
      const wasm = await trained('wasm', make);
      const plain = await trained('cpu', make);

      expect(wasm.losses).toHaveLength(steps);
      expect(wasm.losses[steps - 1]).toBeLessThan(wasm.losses[0]);
      expect(largestDifference(wasm.losses, plain.losses)).toBeLessThanOrEqual(1e-4);
      expect(largestDifference(wasm.weights, plain.weights)).toBeLessThanOrEqual(1e-4);
    },
    120_000,
  );
});
