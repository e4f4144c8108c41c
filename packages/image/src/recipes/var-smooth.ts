import {
  filterLogits,
  foldIn,
  guidedRows,
  gumbels,
  planLength,
  purposes,
  softmaxRow,
  stepCount,
  stepRange,
} from '@nextx/core';
import type { Key, SampleContext, SequenceModel } from '@nextx/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { ImageSequenceModel } from './image-recipe.ts';

/**
 * Temperature of VAR's smoothed decoding (`more_smooth` of the official code) at a step: falls from 0.27, never
 * below 0.005.
 *
 * @param progress  `step / (steps - 1)`, from 0 to 1.
 */
export function smoothTemperature(progress: number): number {
  return Math.max(0.27 * (1 - 0.95 * progress), 0.005);
}

/**
 * Weights of all codes at one position instead of one drawn code, by the Gumbel softmax (Jang et al. 2017):
 * `softmax((logits + noise) / temperature)`.
 *
 * @param logits  `[V]`
 * @param noise  `[V]`, Gumbel draws.
 * @returns `[V]`, summing to 1.
 */
export function softCodeWeights(
  logits: ArrayLike<number>,
  noise: ArrayLike<number>,
  temperature: number,
): Float64Array {
  return softmaxRow(Float64Array.from(logits, (logit, id) => (logit + noise[id]) / temperature));
}

/** What smoothed decoding reads beside the model. */
export interface SmoothOptions {
  /** `[V, C]`; borrowed. */
  readonly codebook: Tensor2D;
  /** Ids that are given, -1 where free, `[items · N]`: their tokens are their own codes. */
  readonly given?: Int32Array;
}

/**
 * The same model with a mixture of codes as each token, a vector `[C]`, for pictures that are only looked at. The
 * logits are guided and filtered as for drawing, times `1 + progress`, and weigh all codes by the Gumbel softmax. The
 * model's inputs must take such vectors in place of ids.
 */
export function smoothModel(
  model: ImageSequenceModel,
  { codebook, given }: SmoothOptions,
): SequenceModel {
  const { plan, params, inputs, forward, open } = model;
  const [vocabularySize, channels] = codebook.shape;
  const last = stepCount(plan) - 1;
  let codes: Promise<Float32Array> | undefined;
  return {
    plan,
    params,
    tokenSize: channels,
    tokenType: 'float32',
    inputs,
    forward,
    open,
    sample: async (hidden, context) => {
      const logits = model.logits(hidden);
      try {
        codes ??= codebook.data<'float32'>();
        // Maps grow from step to step, so the number of rows says which step it is.
        const step = plan.stepStarts.findIndex(
          (start, index) => plan.stepStarts[index + 1] - start === hidden.shape[1],
        );
        const { start } = stepRange(plan, step);
        return softCodes(await logits.data<'float32'>(), await codes, {
          ...context,
          vocabularySize,
          progress: last === 0 ? 0 : step / last,
          givenAt: (item, row) => given?.[item * planLength(plan) + start + row] ?? -1,
        });
      } finally {
        logits.dispose();
      }
    },
  };
}

interface SoftContext extends SampleContext {
  readonly vocabularySize: number;
  readonly progress: number;
  /** The id of a given position, -1 of a free one. */
  readonly givenAt: (item: number, row: number) => number;
}

/** `[items, n, C]` */
function softCodes(
  logits: Float32Array,
  codes: Float32Array,
  { vocabularySize, progress, givenAt, ...context }: SoftContext,
): Float32Array {
  const channels = codes.length / vocabularySize;
  const rows = guidedRows(logits, vocabularySize, context);
  const perItem = rows.length / context.items;
  const tokens = new Float32Array(rows.length * channels);
  for (const [index, row] of rows.entries()) {
    const [item, place] = [Math.floor(index / perItem), index % perItem];
    const given = givenAt(item, place);
    const key = foldIn(context.keyOf(item, place), purposes.headNoise);
    const weights = given < 0 ? drawnWeights(row, progress, { ...context, key }) : undefined;
    for (let id = 0; id < vocabularySize; id++) {
      const weight = weights === undefined ? Number(id === given) : weights[id];
      for (let channel = 0; weight > 0 && channel < channels; channel++) {
        tokens[index * channels + channel] += weight * codes[id * channels + channel];
      }
    }
  }
  return tokens;
}

function drawnWeights(
  logits: Float32Array,
  progress: number,
  { sampling, key }: Pick<SampleContext, 'sampling'> & { readonly key: Key },
): Float64Array {
  const sharpened = filterLogits(logits, sampling).map((p) => (1 + progress) * Math.log(p));
  const noise = gumbels(key, logits.length);
  return softCodeWeights(sharpened, noise, smoothTemperature(progress));
}
