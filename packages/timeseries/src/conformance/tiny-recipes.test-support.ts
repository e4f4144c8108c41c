import { foldIn, initializer, keyFromSeed } from '@nextx/core';
import type { ParamTree } from '@nextx/core';
import { enlargedWeights } from '@nextx/core/conformance';
import type { OverfitOptions } from '@nextx/core/conformance';
import { tensor3d } from '@tensorflow/tfjs-core';
import { forecastRecipes } from '../recipes.ts';
import type { ForecastRecipe, Forecaster, Windows } from '../recipes/forecast-recipe.ts';
import { autoTimesNetwork, parseAutoTimesOptions } from '../recipes/autotimes.ts';
import type { AutoTimesParams } from '../recipes/autotimes.ts';
import { gphtNetwork, parseGphtOptions } from '../recipes/gpht.ts';
import type { GphtParams } from '../recipes/gpht.ts';
import { parsePatchForecasterOptions, patchNetwork } from '../recipes/patch-forecaster.ts';
import type { PatchForecasterParams } from '../recipes/patch-forecaster.ts';
import type { SegmentNetwork } from '../recipes/segment-network.ts';

/** Tiny sizes of a recipe: seconds of testing on plain JavaScript. */
export interface TinyRecipe {
  /** @defaultValue its name in the table */
  readonly recipe?: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly overfit: OverfitOptions;
  /** Numbers that describe each time. @defaultValue none */
  readonly marks?: number;
  /** Options that `parse` must refuse, by what is wrong with them. */
  readonly badOptions: Readonly<Record<string, unknown>>;
}

const transformerOptions = { depth: 1, width: 8, heads: 2 };
const segments = { segment: 4, lookBack: 8 };
const autoTimes = { ...segments, ...transformerOptions, positions: 3 };
const gpht = { ...segments, ...transformerOptions, hidden: 8, rates: [2, 1], maxTokens: 3 };
const patches = {
  patch: 4,
  horizon: 4,
  lookBack: 8,
  maxTokens: 3,
  levels: [0.2, 0.5, 0.8],
  ...transformerOptions,
};
const direct = { lookBack: 8, horizon: 4 };
const overfit = { bound: 0.05, steps: 80, learningRate: 0.02 };
const badOptions = {
  'a size of 0': { lookBack: 0 },
  'a size that is text': { lookBack: '16' },
  'an option that there is not': { lokBack: 2 },
};

/** Every recipe of `forecastRecipes`, in tiny, and its other heads. */
export const tinyRecipes: Readonly<Record<string, TinyRecipe>> = {
  'ar-net': {
    options: { order: 3 },
    overfit,
    badOptions: { 'a size of 0': { order: 0 }, 'an option that there is not': { ordr: 2 } },
  },
  autotimes: {
    options: { ...autoTimes, timestamps: { features: 2 } },
    overfit,
    marks: 2,
    badOptions: { ...badOptions, 'a look-back of broken segments': { lookBack: 100 } },
  },
  dlinear: { options: { ...direct, kernel: 3 }, overfit, badOptions },
  gpht: {
    options: { ...gpht, dropoutRate: 0 },
    overfit,
    badOptions: { ...badOptions, 'a rate that does not divide': { rates: [5] } },
  },
  itransformer: {
    options: { ...direct, blocks: 1, width: 8, heads: 2, dropoutRate: 0 },
    overfit,
    marks: 2,
    badOptions,
  },
  nlinear: { options: direct, overfit, badOptions },
  'patch-forecaster': {
    options: patches,
    overfit,
    badOptions: { ...badOptions, 'no median': { levels: [0.1, 0.9] } },
  },
  'patch-forecaster, Gaussian': {
    recipe: 'patch-forecaster',
    options: { ...patches, head: 'gaussian' },
    // The logarithm of a density, which has no least value.
    overfit: { ...overfit, bound: -1 },
    badOptions: { 'a head that there is not': { head: 'laplace' } },
  },
  'patch-forecaster, flow': {
    recipe: 'patch-forecaster',
    options: { ...patches, head: 'flow' },
    overfit: { ...overfit, bound: 0.3 },
    badOptions: { 'a head that there is not': { head: 'diffusion' } },
  },
  'time-moe': {
    options: {
      ...direct,
      blocks: 1,
      width: 8,
      heads: 2,
      hidden: 16,
      experts: 4,
      headLengths: [1, 4],
    },
    // Every value is asked for from those before it, the second from the first alone, and balance costs 0.04.
    overfit: { ...overfit, bound: 0.4 },
    badOptions,
  },
  ttm: {
    options: {
      ...direct,
      patchLength: 4,
      width: 8,
      levels: 2,
      layers: 1,
      decoderWidth: 8,
      decoderLayers: 1,
      dropoutRate: 0,
      headDropoutRate: 0,
    },
    overfit,
    badOptions,
  },
};

/** The networks between segments of the recipes that are one, 4 values a segment. */
export const tinyNetworks: Readonly<Record<string, (params: ParamTree) => SegmentNetwork>> = {
  autotimes: (params) =>
    autoTimesNetwork(parseAutoTimesOptions(autoTimes), params as AutoTimesParams),
  gpht: (params) => gphtNetwork(parseGphtOptions(gpht), params as GphtParams),
  'patch-forecaster': (params) =>
    patchNetwork(parsePatchForecasterOptions(patches), params as PatchForecasterParams),
};

/** The recipe of a row. */
export function tinyRecipe(name: string): Promise<ForecastRecipe> {
  return forecastRecipes[tinyRecipes[name].recipe ?? name]();
}

/** A tiny model of a recipe with random weights; the same for the same seed. */
export interface TinyForecaster {
  readonly params: ParamTree;
  readonly bind: (params: ParamTree) => Forecaster;
  /** Items 0, 1, …, which differ, each with two variates; as long as training takes them. Owned by the caller. */
  readonly windows: (items: number) => Windows;
}

/** Makes one. */
export async function tinyForecaster(name: string, seed: bigint): Promise<TinyForecaster> {
  const { options, marks } = tinyRecipes[name];
  const recipe = await tinyRecipe(name);
  const parsed = recipe.parse(options);
  const key = keyFromSeed(seed);
  const fresh = recipe.init(parsed, initializer(foldIn(key, 0)));
  const params = enlargedWeights(fresh, foldIn(key, 1));
  const bind = (weights: ParamTree): Forecaster => recipe.bind(parsed, weights);
  const { lookBack, horizon } = bind(params);
  const length = lookBack + horizon;
  const numbers = (items: number, columns: number, at: (i: number) => number) =>
    tensor3d(
      Float32Array.from({ length: items * length * columns }, (_, i) => at(i)),
      [items, length, columns],
    );
  return {
    params,
    bind,
    windows: (items) => ({
      values: numbers(items, 2, (i) => Math.sin(0.9 * i) + Math.cos(0.31 * i)),
      ...(marks && { marks: numbers(items, marks, (i) => 0.5 * Math.cos(0.7 * i)) }),
    }),
  };
}
