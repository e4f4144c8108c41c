import type {
  GuidanceSchedule,
  ImportRule,
  Initializer,
  ParamTree,
  SequenceModel,
} from '@nextx/core';
import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { ImageTokenizer } from '../tokenizers/image-tokenizer.ts';

/** A class-conditional sequence model of pictures, wired and bound to its weights. */
export interface ImageSequenceModel extends SequenceModel {
  /** What `inputs` and `open` take for some labels, the null class being `classes`. Owned by the caller. */
  condition(labels: Int32Array): Tensor2D;
  /** `[B, n, C]` to `[B, n, V]`; owned by the caller. */
  logits(hidden: Tensor3D): Tensor3D;
  /** Mean cross-entropy in nats. */
  loss(hidden: Tensor3D, ids: Tensor): Scalar;
  /** `[B, n]`, nats. */
  logProb(hidden: Tensor3D, ids: Tensor): Tensor2D;
}

/** A published system: its options and its wiring of tokenizer, plan, backbone and head. */
export interface ImageRecipe<
  Options = unknown,
  Params extends ParamTree = ParamTree,
  T extends ImageTokenizer = ImageTokenizer,
> {
  readonly name: string;
  /** Name of the tokenizer recipe it is built on. */
  readonly tokenizer: string;
  /** How the paper lets guidance grow over the steps. */
  readonly guidanceSchedule: GuidanceSchedule;
  /** Options with their defaults filled in. @throws {OptionError} CONFIG naming the value. */
  parse(options: unknown): Options;
  /** Classes without the null class. */
  classes(options: Options): number;
  /** Chance of training a sample without its class. */
  classDropout(options: Options): number;
  /** Initial weights. */
  init(options: Options, tokenizer: T, initializer: Initializer): Params;
  /** Weights of the same names and shapes as `init` gives, as the initializer makes them: nothing is computed with them. */
  template(options: Options, tokenizer: T, initializer: Initializer): Params;
  /** The model with the given weights, which it borrows, as it does the tokenizer. */
  bind(options: Options, params: Params, tokenizer: T): ImageSequenceModel;
  /**
   * The model with mixtures of codes for tokens, for pictures that are only looked at, where the paper has it; its
   * tokens are vectors, which the tokenizer decodes as it does ids.
   *
   * @param given  Ids that are given, -1 where free, `[items · N]`.
   */
  smooth?(model: ImageSequenceModel, tokenizer: T, given?: Int32Array): SequenceModel;
  /** Whether weight decay applies to a weight. */
  decays(path: string, weight: Tensor): boolean;
  /** Where official checkpoints hold the weights. */
  importRules(options: Options, params: Params): readonly ImportRule[];
}
