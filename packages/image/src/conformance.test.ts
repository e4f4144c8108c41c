import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { describePlan, describeRecipe, describeTokenizer } from '@nextx/core/conformance';
import { nextScale, raster } from '@nextx/core';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import {
  tinyRecipeInstance,
  tinyRecipes,
  tinyTokenizerInstance,
} from './conformance-table.test-support.ts';
import { imageRecipes } from './recipes.ts';

// The native engine belongs to the command, whose own test runs the same table on it.
const wasmFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(dirname(wasmFile) + sep);
const engines = [
  { name: 'wasm', start: () => tf.setBackend('wasm') },
  { name: 'plain JS', start: () => tf.setBackend('cpu') },
];

describe('the table of tiny recipes', () => {
  it('has every recipe of pictures', () => {
    expect(Object.keys(tinyRecipes)).toEqual(Object.keys(imageRecipes));
  });
});

for (const [name, { overfit }] of Object.entries(tinyRecipes)) {
  describeRecipe({ name, engines, create: (seed) => tinyRecipeInstance(name, seed), overfit });
  // Plain JS takes ten times as long to train its convolutions; training/engines.test.ts compares it with wasm.
  describeTokenizer({
    name: `tokenizer of ${name}`,
    engines: engines.slice(0, 1),
    create: () => tinyTokenizerInstance(name),
  });
}
describePlan({
  name: 'of VAR at 256 pixels',
  create: () => nextScale([1, 2, 3, 4, 5, 6, 8, 10, 13, 16]),
});
describePlan({ name: 'of LlamaGen', create: () => raster({ sides: [16, 16] }) });
