import { OptionError, disposeParams, loadParams, openModel, shapeOnly } from '@nextx/core';
import type { ModelConfig, ModelFiles } from '@nextx/core';
import { forecastRecipes } from './recipes.ts';
import type { ForecastRecipe, Forecaster } from './recipes/forecast-recipe.ts';

/** A forecasting model, loaded: it owns its weights until `dispose`. */
export interface ForecastModel extends Forecaster {
  readonly config: ModelConfig;
  /** SHA-256 of the weights in hex. */
  readonly checksum: string;
  /** Frees the weights; safe to call twice. */
  dispose(): void;
}

/**
 * Loads a model folder.
 *
 * @param recipes  That its config may name. @defaultValue all of this package
 * @throws {ResourceError} NOT_FOUND if a file is missing.
 * @throws {OptionError} CONFIG if the config names no known recipe or has wrong options.
 * @throws {CheckpointError} SHAPE if weights are missing, left over or of another shape; BAD_WEIGHTS if one is not finite.
 */
export async function loadForecastModel(
  files: ModelFiles,
  recipes: Readonly<Record<string, () => Promise<ForecastRecipe>>> = forecastRecipes,
): Promise<ForecastModel> {
  const opened = await openModel(files);
  const { config, checksum } = opened;
  if (!Object.hasOwn(recipes, config.recipe)) {
    await opened.weights.close();
    throw new OptionError(
      `${files.name}: the recipe must be one of ${Object.keys(recipes).join(', ')}, got "${config.recipe}". ` +
        'Choose the folder of a forecasting model.',
      'CONFIG',
    );
  }
  const recipe = await recipes[config.recipe]();
  const options = recipe.parse(config.options);
  const params = await loadParams(files.name, recipe.init(options, shapeOnly()), opened);
  return {
    ...recipe.bind(options, params),
    config,
    checksum,
    dispose: () => disposeParams(params),
  };
}
