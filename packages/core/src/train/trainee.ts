import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { ParamTree } from '../params.ts';
import type { Key } from '../random/threefry.ts';

/** A loss to minimize and figures to report beside it. */
export interface LossAndMetrics {
  readonly loss: Scalar;
  readonly metrics?: Readonly<Record<string, Scalar>>;
}

/** What the trainer needs of a model and its data. */
export interface Trainee {
  /** Initial weights; borrowed. */
  readonly params: ParamTree;
  /** Samples of the training set. */
  readonly count: number;
  /**
   * Loss of some samples. Called inside `tidy`, its tensors are freed by the trainer.
   *
   * @param params  The weights as they are now, in the form of `params`.
   * @param indices  Samples, each in [0, count).
   * @param key  For dropout and the like.
   */
  loss(params: ParamTree, indices: Int32Array, key: Key): LossAndMetrics;
  /** Figures of held-out samples. */
  validate?(params: ParamTree): Promise<Readonly<Record<string, number>>>;
  /** Whether weight decay applies to a weight. @defaultValue those with two or more axes */
  decays?(path: string, weight: Tensor): boolean;
  /** New values for some weights after a step, by path: codebooks restart unused codes so. The trainer frees them. */
  revise?(step: number, params: ParamTree, key: Key): ReadonlyMap<string, Tensor> | undefined;
}
