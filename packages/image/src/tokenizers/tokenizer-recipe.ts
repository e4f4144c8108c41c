import type { Initializer, ParamTree } from '@nextx/core';
import type { ImageTokenizer } from './image-tokenizer.ts';

/** A published tokenizer: its options, initial weights and wiring. */
export interface ImageTokenizerRecipe<
  Options = unknown,
  Params extends ParamTree = ParamTree,
  T extends ImageTokenizer = ImageTokenizer,
> {
  readonly name: string;
  /** Options with their defaults filled in. @throws {OptionError} CONFIG naming the value. */
  parse(options: unknown): Options;
  /** Initial weights. */
  init(options: Options, initializer: Initializer): Params;
  /** The tokenizer with the given weights, which it borrows. */
  bind(options: Options, params: Params): T;
}
