import type { Tensor } from '@tensorflow/tfjs-core';

/** Samples to tokens and back. */
export interface Tokenizer {
  /** Shape of one sample, without the batch: `[H, W, C]` of a picture. */
  readonly sampleShape: readonly number[];
  /** Tokens of one sample, N. */
  readonly length: number;
  /** Ids are below this. */
  readonly vocabularySize: number;
  /** @param samples  `[B, …sampleShape]`; borrowed. @returns int32 `[B, N]`; owned by the caller. */
  encode(samples: Tensor): Tensor;
  /** @param ids  int32 `[B, N]`; borrowed. @returns `[B, …sampleShape]`; owned by the caller. */
  decode(ids: Tensor): Tensor;
  /** A sample of the first `filled` tokens, for previews, where a partial sequence means something. */
  decodePartial?(ids: Tensor): Tensor;
}
