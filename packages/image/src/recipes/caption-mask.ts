import { hiddenScore } from '@nextx/core';
import { tensor } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';

/** Text features of some captions, padded on the left. */
export interface Captions {
  /** `[B, T, channels]` */
  readonly features: Tensor3D;
  /** `[B, T]`, row-major, 1 where a feature is real. */
  readonly isReal: Uint8Array;
}

/**
 * Causal mask of rows `from` up to `to` over everything before and among them, with padded caption columns hidden,
 * except from themselves: `[B, 1, to - from, to]`.
 */
export function captionMask(captions: Captions | undefined, from: number, to: number): Tensor {
  const [batch, tokens] = captions?.features.shape ?? [1, 0];
  const shown = captions?.isReal ?? new Uint8Array(0);
  const scores = new Float32Array(batch * (to - from) * to);
  scores.forEach((_, index) => {
    const key = index % to;
    const query = from + (Math.floor(index / to) % (to - from));
    const item = Math.floor(index / to / (to - from));
    const isPadding = key < tokens && shown[item * tokens + key] === 0;
    if (key > query || (isPadding && key !== query)) scores[index] = hiddenScore;
  });
  return tensor(scores, [batch, 1, to - from, to]);
}
