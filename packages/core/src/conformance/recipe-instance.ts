import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { TokenValues } from '../heads/head.ts';
import type { ParamTree } from '../params.ts';
import type { SequenceModel } from '../sequence-model.ts';

/**
 * A tiny model of a recipe, as the kit wants it: a few steps, width 16 or so, weights large enough (a standard
 * deviation of 0.2) that every part of it shows in its output.
 */
export interface RecipeInstance {
  readonly model: SequenceModel;
  /** The same model with other weights of the form of `model.params`, which it borrows. */
  rebind(params: ParamTree): SequenceModel;
  /**
   * Conditions of items 0, 1, …, which differ; when guided, followed by one row each without condition.
   * Owned by the caller.
   */
  condition(items: number, isGuided: boolean): Tensor;
  /** Tokens of items 0, 1, …, which differ: `items · N` ids, or `items · N · channels` values. */
  exampleTokens(items: number): TokenValues;
  /**
   * What training minimizes, of `exampleTokens(items)` under their conditions, without dropout.
   * Called inside `tidy`.
   *
   * @param params  Weights of the form of `model.params`.
   */
  loss(params: ParamTree, items: number): Scalar;
  /** Calls that must throw a `NextxError`, by what is wrong with them. */
  readonly badInputs?: Readonly<Record<string, () => unknown>>;
  /** Frees the weights. */
  dispose(): void;
}
