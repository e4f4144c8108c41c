import { planLength, stepCount } from '@nextx/core';
import type { ImageModel } from '@nextx/image';
import type { Evaluation } from './evaluation.ts';
import { generateBatch, type GenerateSetOptions } from './generate-set.ts';

const runs = 3;

/** How long pictures take: the median of three runs after one that does not count, in a batch and alone. */
export async function timeGeneration(
  model: ImageModel,
  {
    guidance,
    batch,
    sampling,
    executor,
    signal,
  }: Omit<GenerateSetOptions, 'count' | 'folder' | 'progress'>,
): Promise<NonNullable<Evaluation['speed']>> {
  const secondsOf = async (count: number): Promise<number> => {
    const seconds: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const labels = Array.from({ length: count }, (_, item) => item % model.labels.length);
      const started = performance.now();
      await generateBatch(model, {
        ...sampling,
        labels,
        seed: 0n,
        guidanceScale: guidance,
        signal,
        ...(executor && { executor }),
      });
      if (run > 0) seconds.push((performance.now() - started) / 1000);
    }
    return seconds.sort((a, b) => a - b)[(runs - 1) / 2];
  };
  return {
    guidance,
    evaluations: stepCount(model.plan) * (guidance === 1 ? 1 : 2),
    tokens: planLength(model.plan),
    secondsPerPicture: (await secondsOf(batch)) / batch,
    batch,
    secondsAlone: await secondsOf(1),
  };
}
