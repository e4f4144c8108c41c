import { geluTanh, linear } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import { loadNative } from './load.ts';
import { nativeBackendName } from './register.ts';

/**
 * Program of its own, `(root)`: computes a matmul, a gradient and two operations of nextx with the build under `root` and prints
 * what it found.
 */
const loaded = await loadNative({ root: process.argv[2] ?? '' });
await tf.setBackend(nativeBackendName);
const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const b = tf.tensor2d([5, 6, 7, 8], [2, 2]);
const product = await tf.matMul(a, b).data();
const gradient = await tf
  .grad((x) => tf.sum(tf.square(tf.matMul(x as tf.Tensor2D, b))))(a)
  .data();
const gelu = await tf.tidy(() => geluTanh(tf.tensor1d([0, 1]))).data();
const layer = await linear({ weight: b }, a).data();
const numbers = { product, gradient, gelu, layer };
const lists = Object.entries(numbers).map(([name, values]) => [name, [...values]] as const);
process.stdout.write(`${JSON.stringify({ ...loaded, ...Object.fromEntries(lists) })}\n`);
