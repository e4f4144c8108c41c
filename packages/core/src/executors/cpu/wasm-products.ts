import {
  backend_util,
  findBackend,
  getKernel,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type {
  BatchMatMulAttrs,
  Conv2DAttrs,
  KernelConfig,
  KernelFunc,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { UnsupportedError } from '../../errors.ts';
import { Machine } from './machine.ts';
import { convolve, packFilter } from './row-products.ts';
import type { Convolution, PackedFilter } from './row-products.ts';
import { canShareMemory } from './threads.ts';

/** What the backend class of tfjs-backend-wasm offers to kernels. */
interface WasmBackend {
  /** Values of a tensor in the backend's memory; a view until the next allocation. */
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
}

/** The accelerated products of the wasm engine. */
export interface WasmProducts {
  readonly threads: number;
  /** Gives the engine its own kernels back and ends the threads. */
  dispose(): void;
}

/** Multiplications below which the engine's own kernel is as fast: the operands are copied here and back. */
const leastProducts = 1 << 22;
/** Windows computed for each one wanted, above which the padding of small pictures costs what the threads gain. */
const mostWaste = 1.3;
/** Rows below which a matrix costs more to bring into the machine's order than to multiply by. */
const leastRows = 16;

/**
 * Lets the wasm engine of tfjs multiply matrices and convolve pictures by the kernels of the cpu executor, on several
 * threads: tfjs has one in Node. Small products, strides and other layouts stay with the engine. Results do not depend on
 * the number of threads; they differ from the engine's own in the last bits.
 *
 * @param threads  1 to 64; one where memory cannot be shared.
 * @throws {UnsupportedError} if the backend `wasm` is not registered, or WebAssembly here lacks SIMD or threads.
 */
export async function accelerateWasm({
  threads,
}: {
  readonly threads: number;
}): Promise<WasmProducts> {
  if (findBackend('wasm') === null) {
    throw new UnsupportedError(
      'accelerateWasm: the backend wasm must be registered with this tfjs, it is not. Import @tensorflow/tfjs-backend-wasm and set it first.',
    );
  }
  // The plain build gives the same bits on every machine, so that recorded pictures do.
  const machine = await Machine.start({ threads: canShareMemory() ? threads : 1, build: 'plain' });
  const products = new PackedProducts(machine);
  const restore = [
    replaceKernel('Conv2D', (own) => convolution(products, own)),
    replaceKernel('BatchMatMul', (own) => matrixProduct(products, own)),
  ];
  return {
    threads: machine.threads,
    dispose: () => {
      restore.forEach((undo) => undo());
      machine.dispose();
    },
  };
}

/** The machine, and filters that it has met, in its order, for as long as their tensors live. */
class PackedProducts {
  readonly #machine: Machine;
  readonly #filters = new WeakMap<object, Map<string, PackedFilter>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** `x` and `filter` convolved, as a tensor of the backend. */
  run(
    backend: WasmBackend,
    sizes: Convolution,
    {
      x,
      filter,
      shape,
    }: { readonly x: TensorInfo; readonly filter: TensorInfo; readonly shape: number[] },
  ): TensorInfo {
    const packed = this.#packed(backend, sizes, filter);
    const result = backend.makeOutput(shape, 'float32');
    convolve(this.#machine, sizes, {
      x: backend.typedArrayFromHeap(x),
      filter: packed,
      out: backend.typedArrayFromHeap(result),
    });
    return result;
  }

  #packed(backend: WasmBackend, sizes: Convolution, { dataId, ...info }: TensorInfo): PackedFilter {
    const known = this.#filters.get(dataId) ?? new Map<string, PackedFilter>();
    this.#filters.set(dataId, known);
    // One tensor may be seen under several shapes.
    const key = [sizes.channels, sizes.outputs, ...sizes.kernel].join();
    const packed =
      known.get(key) ?? packFilter(backend.typedArrayFromHeap({ dataId, ...info }), sizes);
    known.set(key, packed);
    return packed;
  }
}

function convolution(products: PackedProducts, own: KernelFunc): KernelFunc {
  return (args) => {
    const { x, filter } = args.inputs as { x: TensorInfo; filter: TensorInfo };
    const { strides, pad, dataFormat, dilations, dimRoundingMode } =
      args.attrs as unknown as Conv2DAttrs;
    const info = backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filter.shape as [number, number, number, number],
      strides,
      dilations,
      pad,
      dimRoundingMode,
      false,
      backend_util.convertConv2DDataFormat(dataFormat),
    );
    const { padInfo, filterHeight, filterWidth, inChannels, outChannels } = info;
    const padded =
      (info.inHeight + padInfo.top + padInfo.bottom) *
      (info.inWidth + padInfo.left + padInfo.right);
    const windows = info.outHeight * info.outWidth;
    const isOurs =
      info.strideHeight === 1 &&
      info.strideWidth === 1 &&
      info.dilationHeight === 1 &&
      info.dilationWidth === 1 &&
      x.dtype === 'float32' &&
      filter.dtype === 'float32' &&
      dataFormat === 'NHWC' &&
      (filterWidth * inChannels) % 4 === 0 &&
      padded <= mostWaste * windows &&
      info.batchSize * windows * filterHeight * filterWidth * inChannels * outChannels >=
        leastProducts;
    if (!isOurs) return own(args);
    const sizes: Convolution = {
      batch: info.batchSize,
      height: info.inHeight,
      width: info.inWidth,
      channels: inChannels,
      outputs: outChannels,
      kernel: [filterHeight, filterWidth],
      padding: [padInfo.top, padInfo.bottom, padInfo.left, padInfo.right],
    };
    const backend = args.backend as unknown as WasmBackend;
    return products.run(backend, sizes, { x, filter, shape: [...info.outShape] });
  };
}

function matrixProduct(products: PackedProducts, own: KernelFunc): KernelFunc {
  return (args) => {
    const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = args.attrs as unknown as BatchMatMulAttrs;
    const [inner, outputs] = b.shape.slice(-2);
    const rows = a.shape.slice(0, -1).reduce((count, length) => count * length, 1);
    const isOneMatrix = b.shape.slice(0, -2).every((length) => length === 1);
    const isOurs =
      a.dtype === 'float32' &&
      b.dtype === 'float32' &&
      a.shape.length >= b.shape.length &&
      !transposeA &&
      !transposeB &&
      isOneMatrix &&
      inner % 4 === 0 &&
      rows >= leastRows &&
      rows * inner * outputs >= leastProducts;
    if (!isOurs) return own(args);
    const sizes: Convolution = {
      batch: 1,
      height: 1,
      width: rows,
      channels: inner,
      outputs,
      kernel: [1, 1],
      padding: [0, 0, 0, 0],
    };
    const backend = args.backend as unknown as WasmBackend;
    return products.run(backend, sizes, {
      x: a,
      filter: b,
      shape: [...a.shape.slice(0, -1), outputs],
    });
  };
}

/** Registers another function for a kernel of the wasm backend; gives what undoes it. */
function replaceKernel(name: string, made: (own: KernelFunc) => KernelFunc): () => void {
  const config: KernelConfig = getKernel(name, 'wasm');
  const put = (kernel: KernelConfig): void => {
    unregisterKernel(name, 'wasm');
    registerKernel(kernel);
  };
  put({ ...config, kernelFunc: made(config.kernelFunc) });
  return () => put(config);
}
