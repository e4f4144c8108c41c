export type { ForecastRecipe, Forecaster, Windows } from './recipes/forecast-recipe.ts';
export { seriesLength } from './series.ts';
export type { Frequency, Series } from './series.ts';
