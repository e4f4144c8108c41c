import { describe, expect, it } from 'vitest';
import { forecastRecipes } from './recipes.ts';

describe('forecastRecipes', () => {
  it.each(Object.keys(forecastRecipes))('%s is found under its own name', async (name) => {
    expect((await forecastRecipes[name]()).name).toBe(name);
  });
});
