import { geluTanh, linear, selfAttention } from '@nextx/core';
import * as tf from '@tensorflow/tfjs-core';
import { loadNative } from './load.ts';
import { nativeBackendName } from './register.ts';

/**
 * Program of its own, `(root)`: computes a matmul, a gradient and operations of nextx with the build under `root` and prints
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
// Tiles with a rest of rows and of columns, and more rows than they multiply: each sum is 200.
const weight = tf.ones([200, 100]) as tf.Tensor2D;
const layers = [9, 200].map((rows) => linear({ weight }, tf.ones([rows, 200])));
const layer = await tf.stack(layers.flatMap((y) => [tf.min(y), tf.max(y)])).data();
// Rows that are all alike: the average of their values, each 1.
const mean = tf.fill([32, 96], 1 / 32) as tf.Tensor2D;
const output = { weight: tf.eye(32) };
const attended = selfAttention({ width: 32, heads: 1 }).apply(
  { qkv: mean, scaling: {}, output },
  tf.ones([1, 30, 32]),
  {},
);
const attention = await tf.stack([tf.min(attended), tf.max(attended)]).data();
const numbers = { product, gradient, gelu, layer, attention };
const lists = Object.entries(numbers).map(([name, values]) => [name, [...values]] as const);
process.stdout.write(`${JSON.stringify({ ...loaded, ...Object.fromEntries(lists) })}\n`);
