import { mean, neg, reshape, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { sampleRow } from '../sampling/filters.ts';
import { logSoftmaxAt } from '../sampling/softmax.ts';
import { combineGuidance } from '../sampling/guidance.ts';
import { initLinear, linear } from '../layers/linear.ts';
import type { LinearParams } from '../layers/linear.ts';
import { purposes, uniforms } from '../random/draw.ts';
import { foldIn } from '../random/threefry.ts';
import { crossEntropy } from './cross-entropy.ts';
import type { Head, SampleContext } from './head.ts';

/** Sizes of a categorical head. */
export interface CategoricalHeadOptions {
  readonly width: number;
  readonly vocabularySize: number;
  /** @defaultValue true */
  readonly hasBias?: boolean;
  /** Standard deviation of the initial weights; 0 starts from the uniform distribution. @defaultValue 0.02 */
  readonly standardDeviation?: number;
}

/** One of `vocabularySize` ids at every position, by a linear map to logits. */
export interface CategoricalHead extends Head<LinearParams> {
  /** `[B, n, C]` to `[B, n, V]`; owned by the caller. */
  logits(params: LinearParams, hidden: Tensor3D): Tensor3D;
  /** Cross-entropy in nats; nothing about it is random. */
  loss(params: LinearParams, hidden: Tensor3D, targets: Tensor): Scalar;
  logProb(params: LinearParams, hidden: Tensor3D, targets: Tensor): Tensor2D;
}

/** A softmax over a vocabulary. Logits are read back once a step and drawn from in float64 by inverse CDF. */
export function categoricalHead(options: CategoricalHeadOptions): CategoricalHead {
  const { width, vocabularySize, hasBias = true, standardDeviation = 0.02 } = options;
  const nats = (params: LinearParams, hidden: Tensor3D, targets: Tensor): Tensor1D =>
    tidy(() => {
      const logits = reshape(linear(params, hidden), [-1, vocabularySize]) as Tensor2D;
      return crossEntropy(logits, reshape(targets, [-1]) as Tensor1D);
    });
  return {
    init: (initializer) =>
      initLinear(
        { inFeatures: width, outFeatures: vocabularySize, hasBias, standardDeviation },
        initializer,
      ),
    logits: (params, hidden) => linear(params, hidden),
    loss: (params, hidden, targets) => tidy(() => mean(nats(params, hidden, targets)) as Scalar),
    logProb: (params, hidden, targets) =>
      tidy(() => reshape(neg(nats(params, hidden, targets)), [hidden.shape[0], hidden.shape[1]])),
    async sample(params, hidden, context) {
      const logits = linear(params, hidden);
      try {
        const values = await logits.data<'float32'>();
        return sampleLogits(values, vocabularySize, context);
      } finally {
        logits.dispose();
      }
    },
  };
}

/**
 * Ids of one step from its logits on the host.
 *
 * @param logits  `[items or 2 · items, n, V]`, row-major.
 * @returns `[items, n]`.
 */
export function sampleLogits(
  logits: Float32Array,
  vocabularySize: number,
  context: SampleContext,
): Int32Array {
  const { items, sampling, keyOf, onDraw } = context;
  const rows = guidedRows(logits, vocabularySize, context);
  const perItem = rows.length / items;
  return Int32Array.from(rows, (row, index) => {
    const [item, position] = [Math.floor(index / perItem), index % perItem];
    const [u] = uniforms(foldIn(keyOf(item, position), purposes.token), 1);
    const id = sampleRow(row, sampling, u);
    const own = index * vocabularySize;
    onDraw?.(item, position, logSoftmaxAt(logits.subarray(own, own + vocabularySize), id));
    return id;
  });
}

/**
 * Logits of every position of one step, guided where the context says so.
 *
 * @param logits  `[items or 2 · items, n, V]`, row-major; left as they are.
 * @returns `items · n` rows of `V`; unguided ones are views.
 */
export function guidedRows(
  logits: Float32Array,
  vocabularySize: number,
  { isGuided, guidanceScale }: Pick<SampleContext, 'isGuided' | 'guidanceScale'>,
): Float32Array[] {
  const count = logits.length / vocabularySize / (isGuided ? 2 : 1);
  const at = (row: number) => logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
  return Array.from({ length: count }, (_, row) =>
    isGuided ? combineGuidance(at(row), at(row + count), guidanceScale) : at(row),
  );
}
