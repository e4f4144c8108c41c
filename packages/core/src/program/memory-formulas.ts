import type { Tensor } from '@tensorflow/tfjs-core';
import { countParams, namedParams } from '../params.ts';
import type { AnyNetwork } from './network.ts';
import type { MemoryFormula } from './program-listing.ts';

/** Bytes of a matrix in some format. */
export interface MatrixBytes {
  readonly perWeight: number;
  /** Scales and sums beside each output. */
  readonly perOutput: number;
}

/** Matrices of the blocks and the head: values times their bytes, and 4 bytes for every value of a table or vector. */
export function weightsFormula(
  network: AnyNetwork,
  {
    capacity,
    blocks,
    head,
    modulation,
    hasVectors,
  }: {
    readonly capacity: number;
    readonly blocks: MatrixBytes;
    readonly head: MatrixBytes;
    /** Absent where the projections of the condition stay on the host. */
    readonly modulation?: MatrixBytes;
    /** Whether norms and biases of the blocks, and angles, lie beside the matrices. */
    readonly hasVectors: boolean;
  },
): MemoryFormula {
  const params = namedParams(network.params.blocks).map(([, tensor]) => tensor);
  const matrices = params.filter(({ rank }) => rank === 2);
  const { values: inHead, outputs: headOutputs } = headMatrices(network.head);
  const values = matrices.reduce((sum, { size }) => sum + size, 0);
  const outputs = matrices.reduce((sum, { size, shape }) => sum + size / shape[0], 0);
  const vectors = params.reduce((sum, { rank, size }) => sum + (rank === 2 ? 0 : size), 0);
  const angles = 2 * (network.rotary?.cos.length ?? 0);
  const times = flowTimes(network.head);
  const tables = tableValues(network, capacity) + (hasVectors ? vectors + angles + times : 0);
  const projected =
    modulation === undefined
      ? []
      : namedParams(network.params.modulation ?? {}).flatMap(([, tensor]) =>
          tensor.rank === 2 ? tensor : [],
        );
  const inModulation = projected.reduce((sum, { size }) => sum + size, 0);
  const modulationOutputs = projected.reduce((sum, { size, shape }) => sum + size / shape[0], 0);
  const text = [
    `blocks ${matrixText(values, outputs, blocks)}`,
    `head ${matrixText(inHead, headOutputs, head)}`,
    ...(modulation === undefined
      ? []
      : [`modulation ${matrixText(inModulation, modulationOutputs, modulation)}`]),
    `tables ${tables} · 4`,
  ].join(' + ');
  const bytes =
    matrixBytes(values, outputs, blocks) +
    matrixBytes(inHead, headOutputs, head) +
    (modulation === undefined ? 0 : matrixBytes(inModulation, modulationOutputs, modulation)) +
    4 * tables;
  return { kind: 'weights', text, bytes };
}

/** Keys and values of all slots: 2 · blocks · key-value heads · head size · slots · sequences · bytes. */
export function cacheFormula(
  { parts }: Pick<AnyNetwork, 'parts'>,
  {
    capacity,
    sequences,
    bytes,
  }: { readonly capacity: number; readonly sequences: number; readonly bytes: number },
): MemoryFormula {
  const { keyValueHeads, headSize } = parts.attention;
  const factors = [2, parts.blocks, keyValueHeads, headSize, capacity, sequences, bytes];
  return {
    kind: 'cache',
    text: `2 · ${parts.blocks} blocks · ${keyValueHeads} heads · ${headSize} · ${capacity} slots · ${sequences} ${sequences === 1 ? 'sequence' : 'sequences'} · ${bytes}`,
    bytes: factors.reduce((product, factor) => product * factor, 1),
  };
}

/** Rows of some kinds: each by its name, how many there are, and the bytes of one. */
export function rowsFormula(
  terms: readonly (readonly [name: string, rows: number, bytes: number])[],
): MemoryFormula {
  return {
    kind: 'rows',
    text: terms
      .filter(([, rows]) => rows > 0)
      .map(([name, rows, bytes]) => `${name} ${rows} · ${bytes}`)
      .join(' + '),
    bytes: terms.reduce((sum, [, rows, bytes]) => sum + rows * bytes, 0),
  };
}

/** Values of the matrices of a head, and their outputs. */
function headMatrices(head: AnyNetwork['head']): {
  readonly values: number;
  readonly outputs: number;
} {
  const matrices = headWeights(head);
  return {
    values: matrices.reduce((sum, { size }) => sum + size, 0),
    outputs: matrices.reduce((sum, { shape }) => sum + (shape[1] ?? 0), 0),
  };
}

function headWeights(head: AnyNetwork['head']): Tensor[] {
  if (head.kind === 'categorical') return [head.logits.weight];
  if (head.kind === 'velocity') return [head.velocity.weight];
  const weights = namedParams({ ...head.mlp, time: [] }).map(([, tensor]) => tensor);
  return weights.filter(({ rank }) => rank === 2);
}

/** Values of the embedded times of a flow head. */
function flowTimes(head: AnyNetwork['head']): number {
  return head.kind === 'flow' ? head.steps * head.mlp.input.weight.shape[1] : 0;
}

function matrixBytes(values: number, outputs: number, format: MatrixBytes): number {
  return values * format.perWeight + outputs * format.perOutput;
}

function matrixText(
  values: number,
  outputs: number,
  { perWeight, perOutput }: MatrixBytes,
): string {
  const matrix = `${values} · ${perWeight}`;
  return perOutput === 0 ? matrix : `${matrix} + ${outputs} · ${perOutput}`;
}

/** Values of what feeds the steps, resizes of the maps included, and of what every position adds. */
function tableValues({ inputs, parts, added }: AnyNetwork, capacity: number): number {
  const positions = added === undefined ? 0 : capacity * parts.width;
  if (inputs.kind === 'token') return inputs.table.size + positions;
  if (inputs.kind === 'recipe') return positions;
  if (inputs.kind !== 'scale') return countParams(inputs.embedding) + positions;
  const { sides, codebook, refine, embedding } = inputs;
  const resizes = 2 * sides[sides.length - 1] * sides.reduce((sum, side) => sum + side, 0);
  const weights = countParams([codebook, ...refine, embedding]);
  return weights + resizes + positions;
}
