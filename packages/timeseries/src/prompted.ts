import { DataError, OptionError } from '@nextx/core';
import { concat, tidy, tile } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { Predictor } from './recipes/forecast-recipe.ts';

/**
 * In-context forecasting (Liu et al. 2024, AutoTimes, section 3.4): a piece of a related series, or of an earlier time of
 * the same one, stands in front of every window, as if it came before. Nothing is trained; the context is what is left of
 * the look-back, and where a forecast is rolled the context slides and the prompt stays.
 *
 * @param prompt  `[1, P, V]` for all windows, or `[B, P, V]` with one for each, in units of the windows; borrowed for the
 * predictor's whole life. Of a network of segments, whole ones.
 * @throws {OptionError} unless the prompt leaves room for a context.
 */
export function promptedPredictor(predictor: Predictor, prompt: Tensor3D): Predictor {
  const [prompts, length] = prompt.shape;
  const lookBack = predictor.lookBack - length;
  if (lookBack < 1) {
    throw new OptionError(
      `promptedPredictor: a prompt must be shorter than the look-back of ${predictor.lookBack} values, got ${length}. Cut it.`,
    );
  }
  const behindPrompt = (values: Tensor3D): Tensor3D => {
    const [batch, , variates] = values.shape;
    if ((prompts !== 1 && prompts !== batch) || prompt.shape[2] !== variates) {
      throw new DataError(
        `promptedPredictor: the prompt must have one item or ${batch}, of ${variates} variates, got [${prompt.shape.join(', ')}]. Give one for all windows, or one for each.`,
        'BAD_INPUT',
      );
    }
    const prompted = prompts === batch ? prompt : tile(prompt, [batch, 1, 1]);
    return concat([prompted, values], 1);
  };
  const { horizon, levels, quantiles, paths, readsMissing, variates } = predictor;
  return {
    lookBack,
    horizon,
    ...(readsMissing && { readsMissing }),
    ...(variates !== undefined && { variates }),
    // The times of a prompt are not those of the window: windows are read without marks (section 3.4).
    predict: ({ values }) => tidy(() => predictor.predict({ values: behindPrompt(values) })),
    ...(levels &&
      quantiles && {
        levels,
        quantiles: ({ values }) => tidy(() => quantiles({ values: behindPrompt(values) })),
      }),
    ...(paths && {
      paths: ({ values }, noise) => tidy(() => paths({ values: behindPrompt(values) }, noise)),
    }),
  };
}
