import { beforeAll, describe, expect, it } from 'vitest';
import { attendRowWgsl } from './attend-row.wgsl.ts';
import { attendTileWgsl } from './attend-tile.wgsl.ts';
import { blendWgsl } from './blend.wgsl.ts';
import { openNullDevice } from './gpu.test-support.ts';
import { embedWgsl } from './embed.wgsl.ts';
import { enlargeWgsl } from './enlarge.wgsl.ts';
import type { Ending } from './finish.wgsl.ts';
import { flowNoiseWgsl } from './flow-noise.wgsl.ts';
import { flowStepWgsl } from './flow-step.wgsl.ts';
import { gemmWgsl, productTile } from './gemm.wgsl.ts';
import { gemvWgsl } from './gemv.wgsl.ts';
import type { ProductNorm } from './gemv.wgsl.ts';
import { gpuWeightFormats } from './gpu-weight-format.ts';
import { latentRowsWgsl } from './latent-rows.wgsl.ts';
import { Pipelines } from './pipelines.ts';
import { rowStatisticsWgsl } from './row-statistics.wgsl.ts';
import { sampleWgsl } from './sample.wgsl.ts';
import { scaleRowsWgsl } from './scale-rows.wgsl.ts';

const cacheFormats = ['f32', 'f16'] as const;
const booleans = [false, true];
const norms: readonly (ProductNorm | undefined)[] = [
  undefined,
  ...(['layer', 'rms'] as const).flatMap((kind) =>
    booleans.map((isModulated) => ({ kind, isModulated })),
  ),
];
const endings: readonly Ending[] = [
  { kind: 'store' },
  { kind: 'residual', hasGate: false },
  { kind: 'residual', hasGate: true },
  { kind: 'heads', hasAngles: false },
  { kind: 'heads', hasAngles: true },
  ...[1, 2, 3].flatMap((activation) =>
    booleans.map((isGated): Ending => ({ kind: 'activate', activation, isGated })),
  ),
];

/** Every kernel that a model could ask for, each option with each of its values. */
function allKernels(): string[] {
  const plain = { cacheFormat: 'f32', source: 'rows', norm: undefined } as const;
  const store = { kind: 'store' } as const;
  const products = [
    ...endings.map((ending) => ({ ...plain, format: 'f32' as const, ending })),
    ...gpuWeightFormats.flatMap((format) =>
      [store, endings[5], endings[6]].map((ending) => ({ ...plain, format, ending })),
    ),
    ...norms.map((norm) => ({ ...plain, format: 'f32' as const, ending: store, norm })),
    { ...plain, format: 'f16' as const, ending: store, source: 'splits' as const },
    { ...plain, format: 'f16' as const, ending: store, source: 'timed' as const },
    { ...plain, format: 'f16' as const, ending: endings[4], cacheFormat: 'f16' as const },
  ];
  return [
    ...products.flatMap((options) =>
      [1, 8].flatMap((rows) =>
        [8, 4096].map((innerFours) => gemvWgsl({ rows, innerFours, heads: 64 }, options)),
      ),
    ),
    // Tiles read attention that is whole.
    ...products
      .filter(({ source }) => source !== 'splits')
      .map((options) => gemmWgsl(productTile(9, 64), options)),
    gemmWgsl(productTile(1024, 1024), products[0]),
    ...cacheFormats.flatMap((cacheFormat) => [
      ...[2, 6, 16, 32, 64].flatMap((headFours) =>
        booleans.flatMap((isCosine) => [
          attendRowWgsl({ headFours, isCosine, cacheFormat }),
          attendTileWgsl({ headFours, isCosine, cacheFormat }),
        ]),
      ),
      flowNoiseWgsl(cacheFormat),
      ...booleans.flatMap((isGuided) =>
        booleans.map((isLast) => flowStepWgsl({ cacheFormat, isGuided, isLast })),
      ),
      rowStatisticsWgsl('layer', cacheFormat),
      rowStatisticsWgsl('rms', cacheFormat),
      enlargeWgsl(cacheFormat),
      blendWgsl(cacheFormat),
      ...booleans.flatMap((hasAdded) => [
        embedWgsl({ cacheFormat, hasAdded }),
        latentRowsWgsl('before', { cacheFormat, hasAdded }),
        latentRowsWgsl('own', { cacheFormat, hasAdded }),
        scaleRowsWgsl(8, { cacheFormat, hasAdded }),
      ]),
    ]),
    ...booleans.flatMap((isGuided) =>
      booleans.flatMap((hasTopK) =>
        booleans.flatMap((hasTopP) =>
          booleans.flatMap((hasMinMass) =>
            booleans.map((isGreedy) =>
              sampleWgsl({
                cacheFormat: 'f32',
                isGuided,
                isGreedy,
                hasTopK,
                hasTopP,
                hasMinMass,
              }),
            ),
          ),
        ),
      ),
    ),
  ];
}

describe('the kernels of the webgpu executor', () => {
  let device: GPUDevice;
  beforeAll(async () => {
    device = await openNullDevice();
  });

  it('all compile with the limits that every device has', async () => {
    const pipelines = new Pipelines(device);
    const kernels = new Set(allKernels());

    const results = await Promise.allSettled([...kernels].map((code) => pipelines.get(code)));

    const faults = results.filter((result) => result.status === 'rejected');
    expect(faults.map(({ reason }) => String(reason))).toEqual([]);
    expect(kernels.size).toBeGreaterThan(100);
  });
});
