import { initializer, normals, trainingKey } from '@nextx/core';
import type { ImportRule, ParamTree } from '@nextx/core';
import { forecastRecipes } from '@nextx/timeseries';
import type { Forecaster, Windows } from '@nextx/timeseries';
import { tensor3d } from '@tensorflow/tfjs-core';
import type { ForecastNetwork } from './forecast-network.ts';

/** A network's weights and how they are bound and named. */
export interface ForecastModel {
  readonly params: ParamTree;
  readonly bind: (params: ParamTree) => Forecaster;
  readonly rules: readonly ImportRule[];
}

/** The network with the weights of seed 1, the same in every process; owned by the caller. */
export async function forecastModel({ recipe, options }: ForecastNetwork): Promise<ForecastModel> {
  const loaded = await forecastRecipes[recipe]();
  const parsed = loaded.parse(options);
  const params = loaded.init(parsed, initializer(trainingKey(1n, 'init')));
  return {
    params,
    bind: (weights) => loaded.bind(parsed, weights),
    rules: loaded.importRules?.(parsed, params) ?? [],
  };
}

/** A batch of made-up windows, a wave with noise for each variate; owned by the caller. */
export function forecastWindows(network: ForecastNetwork): Windows {
  const { batch, lookBack, horizon, variates, marks } = network;
  const length = lookBack + horizon;
  const noise = normals([1, 2], batch * length * variates);
  const values = Float32Array.from(noise, (normal, index) => {
    const [variate, time] = [index % variates, Math.floor(index / variates)];
    return Math.sin(time / (4 + variate)) + 0.3 * normal;
  });
  return {
    values: tensor3d(values, [batch, length, variates]),
    ...(marks > 0 && {
      marks: tensor3d(Float32Array.from(normals([3, 4], batch * length * marks)), [
        batch,
        length,
        marks,
      ]),
    }),
  };
}
