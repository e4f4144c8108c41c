import { raster, rotaryTable } from '@nextx/core';
import type { SafetensorsFile } from '@nextx/core';
import type { BenchNetwork } from './bench-network.ts';
import { tokensPerImage } from './bench-network.ts';
import type { OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from './onnx-model.ts';

/** Weights in the names and layouts of the official checkpoints. */
export interface OnnxWeights {
  /** Name of their safetensors file, which lies beside the model. */
  readonly file: string;
  readonly tensors: SafetensorsFile['tensors'];
}

/** Operators that ONNX Runtime has beside the standard's. */
const domain = 'com.microsoft';
const epsilon = { float32: 1e-5 };
const classTable = 'cls_embedding.embedding_table.weight';
const tokenTable = 'tok_embeddings.weight';

/**
 * One step of a raster network of llamagen as an ONNX graph: the rows' ids in, classes first and tokens after them, the
 * most probable next token of each picture out. Attention, its rotary positions and its cache are one operator,
 * GroupQueryAttention, which appends to the cache in place where a run is given the same memory as past and present.
 * Matrices are transposed as the official layout has them; the runtime does it once, when it loads the model.
 *
 * @param batch  Pictures; twice as many rows where they are guided, without their class in the second half.
 */
export function onnxDecoder(
  network: BenchNetwork,
  batch: number,
  { file, tensors }: OnnxWeights,
): OnnxGraph {
  const layers = Array.from({ length: network.depth }, (_, index) => index);
  const nodes: OnnxNode[] = [
    {
      operation: 'Concat',
      inputs: [classTable, tokenTable],
      outputs: ['table'],
      attributes: { axis: 0 },
    },
    { operation: 'Gather', inputs: ['table', 'ids'], outputs: ['x.0'] },
    ...layers.flatMap((layer) => layerNodes(network, layer)),
    norm(`x.${network.depth}`, 'norm', 'final'),
    ...linear('final', 'output', 'logits'),
    ...guidanceNodes(network.guidanceScale),
    {
      operation: 'ArgMax',
      inputs: ['guided'],
      outputs: ['next'],
      attributes: { axis: -1, keepdims: 0 },
    },
  ];
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const weights = [...tensors].filter(([name]) => used.has(name));
  const rows = (network.guidanceScale === 1 ? 1 : 2) * batch;
  const caches = cacheNames(network);
  const cache = (name: string): OnnxValue => ({
    name,
    type: 'float32',
    shape: cacheShape(network, rows),
  });
  return {
    nodes,
    constants: [
      ...weights.map(([name, { shape, begin, end }]): OnnxConstant => ({
        name,
        type: 'float32',
        shape,
        data: { file, begin, end },
      })),
      ...rotaryConstants(network),
      ...(network.guidanceScale === 1 ? [] : [scalar('scale', network.guidanceScale)]),
    ],
    inputs: [
      { name: 'ids', type: 'int64', shape: [rows, 1] },
      { name: 'last', type: 'int32', shape: [rows] },
      { name: 'total', type: 'int32', shape: [1] },
      ...caches.map(({ past }) => cache(past)),
    ],
    outputs: [
      { name: 'next', type: 'int64', shape: [batch, 1] },
      ...caches.map(({ present }) => cache(present)),
    ],
  };
}

/** What the graph calls each cache, keys and values of every layer: before a step and after it. */
export function cacheNames({ depth }: BenchNetwork): { past: string; present: string }[] {
  return Array.from({ length: depth }, (_, layer) =>
    ['keys', 'values'].map((part) => ({
      past: `past.${layer}.${part}`,
      present: `present.${layer}.${part}`,
    })),
  ).flat();
}

/** `[B, H, N, D]`, of all tokens. */
export function cacheShape(network: BenchNetwork, rows: number): number[] {
  const { heads, width } = network;
  return [rows, heads, tokensPerImage(network), width / heads];
}

function layerNodes({ heads }: BenchNetwork, layer: number): OnnxNode[] {
  const official = `layers.${layer}`;
  const own = (name: string): string => `${name}.${layer}`;
  return [
    norm(own('x'), `${official}.attention_norm`, own('attended')),
    ...linear(own('attended'), `${official}.attention.wqkv`, own('qkv')),
    attention(layer, heads),
    ...linear(own('mixed'), `${official}.attention.wo`, own('projected')),
    { operation: 'Add', inputs: [own('x'), own('projected')], outputs: [own('middle')] },
    norm(own('middle'), `${official}.ffn_norm`, own('fed')),
    ...linear(own('fed'), `${official}.feed_forward.w1`, own('gate')),
    ...linear(own('fed'), `${official}.feed_forward.w3`, own('up')),
    { operation: 'Sigmoid', inputs: [own('gate')], outputs: [own('sigmoid')] },
    { operation: 'Mul', inputs: [own('gate'), own('sigmoid')], outputs: [own('silu')] },
    { operation: 'Mul', inputs: [own('silu'), own('up')], outputs: [own('gated')] },
    ...linear(own('gated'), `${official}.feed_forward.w2`, own('down')),
    { operation: 'Add', inputs: [own('middle'), own('down')], outputs: [`x.${layer + 1}`] },
  ];
}

/** Queries, keys and values lie in one row, `[B, 1, 3 C]`. */
function attention(layer: number, heads: number): OnnxNode {
  const cached = (time: string): string[] => [`${time}.${layer}.keys`, `${time}.${layer}.values`];
  return {
    operation: 'GroupQueryAttention',
    domain,
    inputs: [`qkv.${layer}`, '', '', ...cached('past'), 'last', 'total', 'cos', 'sin'],
    outputs: [`mixed.${layer}`, ...cached('present')],
    attributes: { num_heads: heads, kv_num_heads: heads, do_rotary: 1, rotary_interleaved: 1 },
  };
}

/** Root mean square normalization, by the name that ONNX Runtime has for it. */
function norm(input: string, name: string, output: string): OnnxNode {
  return {
    operation: 'SimplifiedLayerNormalization',
    inputs: [input, `${name}.weight`],
    outputs: [output],
    attributes: { axis: -1, epsilon },
  };
}

function linear(input: string, name: string, output: string): OnnxNode[] {
  const transposed = `${name}.transposed`;
  return [
    {
      operation: 'Transpose',
      inputs: [`${name}.weight`],
      outputs: [transposed],
      attributes: { perm: [1, 0] },
    },
    { operation: 'MatMul', inputs: [input, transposed], outputs: [output] },
  ];
}

/** `u + s (c - u)`; nothing where the scale is 1. */
function guidanceNodes(scale: number): OnnxNode[] {
  if (scale === 1) return [{ operation: 'Identity', inputs: ['logits'], outputs: ['guided'] }];
  return [
    {
      operation: 'Split',
      inputs: ['logits'],
      outputs: ['conditional', 'unconditional'],
      attributes: { axis: 0, num_outputs: 2 },
    },
    { operation: 'Sub', inputs: ['conditional', 'unconditional'], outputs: ['difference'] },
    { operation: 'Mul', inputs: ['difference', 'scale'], outputs: ['scaled'] },
    { operation: 'Add', inputs: ['unconditional', 'scaled'], outputs: ['guided'] },
  ];
}

/** Factors of the pairs of every position, `[N, D / 2]`; the class's are zero, as the official code has it. */
function rotaryConstants({ sides, width, heads }: BenchNetwork): OnnxConstant[] {
  const side = sides[sides.length - 1];
  const headSize = width / heads;
  const factors = rotaryTable({ ...raster({ sides: [side, side] }), headSize });
  return (['cos', 'sin'] as const).map((name) => {
    const shifted = new Float32Array(factors[name].length);
    shifted.set(factors[name].subarray(0, shifted.length - headSize / 2), headSize / 2);
    const data = new Uint8Array(shifted.buffer);
    return { name, type: 'float32', shape: [side ** 2, headSize / 2], data };
  });
}

function scalar(name: string, value: number): OnnxConstant {
  return { name, type: 'float32', shape: [], data: new Uint8Array(Float32Array.of(value).buffer) };
}
