import type { ImportRule, Key, ParamTree, Tokenizer } from '@nextx/core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** A tokenizer of pictures, bound to its weights. */
export interface ImageTokenizer extends Tokenizer {
  /** Name under which `recipes.ts` knows it. */
  readonly recipe: string;
  /** Its options, complete, as a model folder stores them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly params: ParamTree;
  /** Height, width, channels. */
  readonly sampleShape: readonly [number, number, number];
  /** Token maps' sides, coarse to fine; one map of a raster tokenizer. */
  readonly sides: readonly number[];
  /** @param images  `[B, H, W, C]` in [-1, 1]; borrowed. @returns int32 `[B, N]`; owned by the caller. */
  encode(images: Tensor): Tensor2D;
  /** @param ids  int32 `[B, N]`; borrowed. @returns `[B, H, W, C]` in [-1, 1]; owned by the caller. */
  decode(ids: Tensor): Tensor4D;
  /** What training minimizes, with its terms; images as for `encode`. */
  loss(
    images: Tensor4D,
    key: Key,
  ): { readonly loss: Scalar; readonly metrics: Record<string, Scalar> };
  /** New values for codes that none of the images uses, as `Trainee.revise` wants them. */
  restartUnusedCodes(images: Tensor4D, key: Key): ReadonlyMap<string, Tensor>;
  /** Where official checkpoints hold the weights. */
  readonly importRules: readonly ImportRule[];
}
