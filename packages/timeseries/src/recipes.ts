import type { ForecastRecipe } from './recipes/forecast-recipe.ts';

/** All forecasting recipes by name; nothing loads before it is asked for. */
export const forecastRecipes: Readonly<Record<string, () => Promise<ForecastRecipe>>> = {};
