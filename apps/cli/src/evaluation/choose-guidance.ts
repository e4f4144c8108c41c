import { firstPictures, judgePictures, labelAccuracy, pictureRuler } from '@nextx/image';
import type { ImageDataset, ImageModel, LoadedJudge } from '@nextx/image';
import type { ScaleScore } from './evaluation.ts';
import { generateSet, type GenerateSetOptions } from './generate-set.ts';

/** Scales to try, and what they are compared with. */
export interface ChooseGuidanceOptions extends Omit<GenerateSetOptions, 'guidance'> {
  readonly scales: readonly number[];
  /** Training pictures; the test split is not looked at. */
  readonly train: ImageDataset;
  readonly judge?: LoadedJudge;
}

/** Training pictures that generated ones are compared with. */
const realCount = 10_000;
/** The pictures of the search have other seeds than those that are measured afterwards. */
const seedOffset = 1_000_000n;

/** Compares pictures of each guidance scale with training pictures. */
export async function scoreScales(
  model: ImageModel,
  { scales, train, judge, ...set }: ChooseGuidanceOptions,
): Promise<ScaleScore[]> {
  const real = firstPictures(train, realCount);
  const ruler = await pictureRuler({ train, real, ...(judge && { judge: judge.params }) });
  const scores: ScaleScore[] = [];
  for (const guidance of scales) {
    const pictures = await generateSet(model, { ...set, seed: set.seed + seedOffset, guidance });
    const distances = await ruler.measure(pictures);
    if (judge === undefined) {
      scores.push({ guidance, ...distances });
      continue;
    }
    const { labels: seen } = await judgePictures(judge.params, pictures);
    const { accuracy } = labelAccuracy(model.labels, { asked: pictures.labels, seen });
    scores.push({ guidance, ...distances, accuracy });
  }
  return scores;
}

/** The scale whose pictures are nearest to the training pictures: in pixels, or else in the judge's eyes. */
export function nearestScale(scores: readonly ScaleScore[]): number | undefined {
  return best(scores, (score) => -(score.frechetPca64 ?? score.frechetJudge ?? NaN));
}

/** The scale whose pictures are seen most often as what was asked for. */
export function clearestScale(scores: readonly ScaleScore[]): number | undefined {
  return best(scores, (score) => score.accuracy ?? NaN);
}

function best(
  scores: readonly ScaleScore[],
  value: (score: ScaleScore) => number,
): number | undefined {
  const known = scores.filter((score) => Number.isFinite(value(score)));
  if (known.length === 0) return undefined;
  return known.reduce((a, b) => (value(b) > value(a) ? b : a)).guidance;
}
