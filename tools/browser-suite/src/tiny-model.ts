import { decode, disposeParams, initializer, mapParams } from '@nextx/core';
import type { Executor, Initializer, ParamTree } from '@nextx/core';
import { imageRecipes, imageTokenizers } from '@nextx/image';
import type { ImageSequenceModel } from '@nextx/image';
import { add, dispose } from '@tensorflow/tfjs';

/** A tiny LlamaGen whose random weights are large enough to show in its tokens. Owns its weights. */
export async function tinyLlamaGen(): Promise<{
  readonly model: ImageSequenceModel;
  readonly dispose: () => void;
}> {
  const recipe = await imageRecipes['llamagen']();
  const tokenizers = await imageTokenizers[recipe.tokenizer]();
  const tokenizerOptions = tokenizers.parse({
    imageSize: 6,
    imageChannels: 1,
    channels: 4,
    multipliers: [1, 2],
    blocksPerLevel: 1,
    groups: 4,
    latentChannels: 4,
    codebookSize: 16,
    codeChannels: 4,
  });
  const start = initializer([1, 2]);
  const tokenizerParams = tokenizers.init(tokenizerOptions, start);
  const tokenizer = tokenizers.bind(tokenizerOptions, tokenizerParams);
  const options = recipe.parse({ depth: 2, width: 16, heads: 2, classes: 3 });
  const params = enlarged(recipe.init(options, tokenizer, start), start);
  return {
    model: recipe.bind(options, params, tokenizer),
    dispose: () => [params, tokenizerParams].forEach(disposeParams),
  };
}

/** Tokens of two items of different classes, with guidance. */
export async function guidedTokens(
  model: ImageSequenceModel,
  executor?: Executor,
): Promise<number[]> {
  const free = 3;
  const condition = model.condition(Int32Array.of(0, 1, free, free));
  let tokens: readonly number[] = [];
  try {
    for await (const step of decode(model, {
      seeds: [7n, 8n],
      condition,
      guidanceScaleAt: () => 2,
      ...(executor && { executor }),
    })) {
      tokens = [...step.tokens];
    }
  } finally {
    condition.dispose();
  }
  return [...tokens];
}

function enlarged(params: ParamTree, start: Initializer): ParamTree {
  const larger = mapParams(params, (weight) => {
    const noise = start.normal(weight.shape, 0.2);
    const sum = add(weight, noise);
    dispose(noise);
    return sum;
  });
  disposeParams(params);
  return larger;
}
