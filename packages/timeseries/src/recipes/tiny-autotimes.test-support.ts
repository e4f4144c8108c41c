import { initializer, mapParams } from '@nextx/core';
import { add } from '@tensorflow/tfjs-core';
import { autoTimesNetwork, autoTimesRecipe, parseAutoTimesOptions } from './autotimes.ts';
import type { AutoTimesOptions, AutoTimesParams } from './autotimes.ts';
import type { Forecaster } from './forecast-recipe.ts';
import type { SegmentNetwork } from './segment-network.ts';

/** Segments of 2 values, 3 of them a look-back, 6 the most it can remember. */
const tiny: AutoTimesOptions = {
  segment: 2,
  lookBack: 6,
  depth: 2,
  width: 8,
  heads: 2,
  positions: 6,
};

/** The options of a tiny network and weights large enough that every part of it shows. */
function tinyParts(changes: AutoTimesOptions): {
  options: ReturnType<typeof parseAutoTimesOptions>;
  params: AutoTimesParams;
} {
  const options = parseAutoTimesOptions({ ...tiny, ...changes });
  const start = initializer([3, 4]);
  const params = mapParams(autoTimesRecipe.init(options, start), (weight) =>
    add(weight, start.normal(weight.shape, 0.2)),
  );
  return { options, params };
}

/** A tiny forecaster of one segment at a time. */
export function tinyAutoTimes(changes: AutoTimesOptions = {}): Forecaster {
  const { options, params } = tinyParts(changes);
  return autoTimesRecipe.bind(options, params);
}

/** Its network. */
export function tinyAutoTimesNetwork(changes: AutoTimesOptions = {}): SegmentNetwork {
  const { options, params } = tinyParts(changes);
  return autoTimesNetwork(options, params);
}
