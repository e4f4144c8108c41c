export { forecastRecipes } from './recipes.ts';
export { dLinearRecipe } from './recipes/dlinear.ts';
export type { DLinearOptions, DLinearParams } from './recipes/dlinear.ts';
export type { ForecastRecipe, Forecaster, Windows } from './recipes/forecast-recipe.ts';
export { iTransformerRecipe } from './recipes/itransformer.ts';
export type { ITransformerOptions, ITransformerParams } from './recipes/itransformer.ts';
export { seriesLength } from './series.ts';
export type { Frequency, Series } from './series.ts';
