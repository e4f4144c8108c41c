import { decode, guidanceScaleAt, tokensTensor } from '@nextx/core';
import type { Executor, TokenValues } from '@nextx/core';
import { llamaGenRecipe, varRecipe } from '@nextx/image';
import { tidy } from '@tensorflow/tfjs-core';
import type { BenchNetwork } from './bench-network.ts';
import type { NetworkModel } from './network-model.ts';

/** One generation, timed. */
export interface Generation {
  /** From the labels to the last token. */
  readonly tokensSeconds: number;
  /** From the labels to the tokens of the first step; peers do not say. */
  readonly firstStepSeconds?: number;
  /** That the host spent recording commands, where a GPU computes. */
  readonly encodeSeconds?: number;
  /** From the tokens to the pixels; absent where tokens alone are measured. */
  readonly pixelsSeconds?: number;
  /** `[batch, N]`, row-major. */
  readonly tokens: number[];
  /** Mean of all pixels, by which the tests see that both sides decode alike; absent likewise. */
  readonly meanPixel?: number;
}

/** Generates `batch` pictures of the classes 0, 1, ..., guided unless the scale is 1, always taking the most probable token. */
export async function generateOnce(
  network: BenchNetwork,
  { model, tokenizer }: NetworkModel,
  {
    batch,
    hasPixels,
    executor,
  }: { readonly batch: number; readonly hasPixels: boolean; readonly executor?: Executor },
): Promise<Generation> {
  const { guidanceSchedule } = network.recipe === 'var' ? varRecipe : llamaGenRecipe;
  const scale = network.guidanceScale;
  const begin = performance.now();
  const condition = tidy(() => model.condition(labels(network, batch)));
  let tokens: TokenValues = new Int32Array();
  let firstStepSeconds: number | undefined;
  try {
    const steps = model.plan.stepStarts.length - 1;
    for await (const step of decode(model, {
      seeds: Array.from({ length: batch }, (_, item) => BigInt(item)),
      condition,
      ...(scale !== 1 && {
        guidanceScaleAt: (at) => guidanceScaleAt(guidanceSchedule, scale, { step: at, steps }),
      }),
      ...(executor && { executor }),
      sampling: { temperature: 0 },
    })) {
      firstStepSeconds ??= (performance.now() - begin) / 1000;
      ({ tokens } = step);
    }
  } finally {
    condition.dispose();
  }
  const middle = performance.now();
  const drawn = {
    tokensSeconds: (middle - begin) / 1000,
    ...(firstStepSeconds !== undefined && { firstStepSeconds }),
    tokens: [...tokens],
  };
  if (!hasPixels) return drawn;
  const images = tidy(() => tokenizer.decode(tokensTensor(model, tokens, batch)));
  const pixels = await images.data<'float32'>();
  images.dispose();
  const end = performance.now();
  return {
    ...drawn,
    pixelsSeconds: (end - middle) / 1000,
    meanPixel: pixels.reduce((sum, value) => sum + value, 0) / pixels.length,
  };
}

/** Classes of the pictures, then as often the null class where they are guided. */
function labels({ classes, guidanceScale }: BenchNetwork, batch: number): Int32Array {
  return Int32Array.from({ length: guidanceScale === 1 ? batch : 2 * batch }, (_, row) =>
    row < batch ? row % classes : classes,
  );
}
