import { conv2d, getKernel, grad, matMul, memory, setBackend, sum } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, describe, expect, it } from 'vitest';
import { initializer } from '../../initializer.ts';
import { largestDifference } from '../../testing/tensor-checks.ts';
import { accelerateWasm } from './wasm-products.ts';
import type { WasmProducts } from './wasm-products.ts';

await setBackend('wasm');

let products: WasmProducts | undefined;
afterEach(() => {
  products?.dispose();
  products = undefined;
});

const make = initializer([1, 2]);
const normal = (shape: number[]): Tensor => make.normal(shape, 1);

/** A computation that is large enough, with its operands. */
const table: [string, () => Tensor][] = [
  ...[
    [1, 33, 40, 16, 24, 3],
    [2, 27, 29, 32, 11, 3],
    [3, 53, 53, 64, 8, 1],
    [1, 90, 90, 8, 3, 5],
  ].map(([batch, height, width, channels, outputs, kernel]): [string, () => Tensor] => {
    const x = normal([batch, height, width, channels]) as Tensor4D;
    const filter = normal([kernel, kernel, channels, outputs]) as Tensor4D;
    return [
      `${batch} pictures of ${height} x ${width} x ${channels} by ${kernel} x ${kernel} to ${outputs}`,
      () => conv2d(x, filter, 1, 'same'),
    ];
  }),
  ...[
    [40, 384, 300],
    [333, 260, 50],
  ].map(([rows, inner, outputs]): [string, () => Tensor] => {
    const [a, b] = [normal([rows, inner]) as Tensor2D, normal([inner, outputs]) as Tensor2D];
    return [`a product of ${rows} x ${inner} x ${outputs}`, () => matMul(a, b)];
  }),
  [
    'a product of a batch with one matrix',
    (
      (a, b) => () =>
        matMul(a, b)
    )(normal([3, 60, 256]) as Tensor3D, normal([1, 256, 100]) as Tensor3D),
  ],
];

/** What is left to the engine: its own numbers, to the bit. */
const foreign: [string, () => Tensor][] = [
  [
    'small pictures, which are mostly padding',
    (
      (x, filter) => () =>
        conv2d(x, filter, 1, 'same')
    )(normal([64, 8, 8, 64]) as Tensor4D, normal([3, 3, 64, 64]) as Tensor4D),
  ],
  [
    'a stride',
    (
      (x, filter) => () =>
        conv2d(x, filter, 2, 'same')
    )(normal([1, 64, 64, 32]) as Tensor4D, normal([3, 3, 32, 32]) as Tensor4D),
  ],
  [
    'a dilation',
    (
      (x, filter) => () =>
        conv2d(x, filter, 1, 'same', 'NHWC', 2)
    )(normal([1, 64, 64, 32]) as Tensor4D, normal([3, 3, 32, 32]) as Tensor4D),
  ],
  [
    'a transposed matrix',
    (
      (a, b) => () =>
        matMul(a, b, false, true)
    )(normal([128, 128]) as Tensor2D, normal([128, 128]) as Tensor2D),
  ],
  [
    'three channels',
    (
      (x, filter) => () =>
        conv2d(x, filter, 1, 'same')
    )(normal([1, 128, 128, 3]) as Tensor4D, normal([3, 3, 3, 32]) as Tensor4D),
  ],
];

describe('accelerateWasm', () => {
  it.each(table)('computes %s as the engine does', async (_, compute) => {
    const own = await compute().data();
    products = await accelerateWasm({ threads: 2 });

    const accelerated = await compute().data();

    const largest = Math.max(...own.map(Math.abs));
    const difference = largestDifference(accelerated, own) / largest;
    expect(difference).toBeGreaterThan(0); // sums in another order
    expect(difference).toBeLessThan(2e-6);
  });

  it.each(table)('gives %s the same bits on one and three threads', async (_, compute) => {
    const results: ArrayLike<number>[] = [];
    for (const threads of [1, 3]) {
      products = await accelerateWasm({ threads });
      results.push(await compute().data());
      products.dispose();
    }

    expect(largestDifference(results[1], results[0])).toBe(0);
  });

  it.each(foreign)('leaves %s to the engine', async (_, compute) => {
    const own = await compute().data();
    products = await accelerateWasm({ threads: 2 });

    expect(largestDifference(await compute().data(), own)).toBe(0);
  });

  it('sees the values of a tensor that another took the place of', async () => {
    products = await accelerateWasm({ threads: 1 });
    const x = normal([128, 256]) as Tensor2D;
    const sums: number[] = [];
    for (const scale of [1, 2]) {
      const matrix = normal([256, 128]).mul(0).add(scale) as Tensor2D;
      sums.push((await sum(matMul(x, matrix)).data())[0]);
      matrix.dispose();
    }

    expect(sums[1] / sums[0]).toBeCloseTo(2, 4);
  });

  it('leaves derivatives to the engine', async () => {
    const x = normal([1, 40, 40, 20]) as Tensor4D;
    const filter = normal([3, 3, 20, 20]) as Tensor4D;
    const slope = () =>
      grad((values) => sum(conv2d(values as Tensor4D, filter, 1, 'same').square()))(x);
    const own = await slope().data();
    products = await accelerateWasm({ threads: 2 });

    const accelerated = await slope().data();

    const largest = Math.max(...own.map(Math.abs));
    expect(largestDifference(accelerated, own) / largest).toBeLessThan(1e-5);
  });

  it('leaks no tensor and gives the engine its kernels back', async () => {
    const before = getKernel('Conv2D', 'wasm').kernelFunc;
    products = await accelerateWasm({ threads: 1 });
    const [, compute] = table[0];
    const count = memory().numTensors;
    compute().dispose();

    expect(memory().numTensors).toBe(count);
    products.dispose();
    expect(getKernel('Conv2D', 'wasm').kernelFunc).toBe(before);
  });
});
