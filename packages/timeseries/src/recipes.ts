import type { ForecastRecipe } from './recipes/forecast-recipe.ts';

/** All forecasting recipes by name; nothing loads before it is asked for. */
export const forecastRecipes: Readonly<Record<string, () => Promise<ForecastRecipe>>> = {
  // A recipe takes its own options and weights; callers that choose by name hand on what it gave them.
  'ar-net': async () =>
    (await import('./recipes/ar-net.ts')).arNetRecipe as unknown as ForecastRecipe,
  autotimes: async () =>
    (await import('./recipes/autotimes.ts')).autoTimesRecipe as unknown as ForecastRecipe,
  dlinear: async () =>
    (await import('./recipes/dlinear.ts')).dLinearRecipe as unknown as ForecastRecipe,
  gpht: async () => (await import('./recipes/gpht.ts')).gphtRecipe as unknown as ForecastRecipe,
  itransformer: async () =>
    (await import('./recipes/itransformer.ts')).iTransformerRecipe as unknown as ForecastRecipe,
  nlinear: async () =>
    (await import('./recipes/nlinear.ts')).nLinearRecipe as unknown as ForecastRecipe,
  'patch-forecaster': async () =>
    (await import('./recipes/patch-forecaster.ts'))
      .patchForecasterRecipe as unknown as ForecastRecipe,
  'time-moe': async () =>
    (await import('./recipes/time-moe.ts')).timeMoeRecipe as unknown as ForecastRecipe,
  ttm: async () => (await import('./recipes/ttm.ts')).ttmRecipe as unknown as ForecastRecipe,
};
