import { countParams, keyFromSeed, type ParamTree } from '@nextx/core';
import {
  bitsPerImage,
  evaluateTokenizer,
  firstPictures,
  independentPixels,
  judgePictures,
  labelAccuracy,
  pictureRuler,
} from '@nextx/image';
import type { ImageDataset, ImageModel, ImageTokenizer, LoadedJudge } from '@nextx/image';
import type { PictureRuler } from '@nextx/image';
import type { TrainingData } from '../training/training-data.ts';
import { clearestScale, nearestScale, scoreScales } from './choose-guidance.ts';
import type { Evaluation } from './evaluation.ts';
import { generateSet, type GenerateSetOptions } from './generate-set.ts';
import { timeGeneration } from './time-generation.ts';

/** What is measured, and how. */
export interface EvaluateModelOptions extends Omit<GenerateSetOptions, 'count' | 'guidance'> {
  readonly data: TrainingData;
  readonly judge?: LoadedJudge;
  /** Pictures that the judge looks at, 0 for none. */
  readonly count: number;
  /** Their guidance scale; absent: the clearest of `scales`, else 1. */
  readonly guidance?: number;
  /** Pictures whose distance is measured, 0 for none. */
  readonly distanceCount: number;
  /** Their guidance scale; absent: the nearest of `scales`, else 1. */
  readonly distanceGuidance?: number;
  /** Guidance scales to choose from by training pictures. */
  readonly scales: readonly number[];
  /** Pictures of each of them. */
  readonly searchCount: number;
}

type Figures = Omit<Evaluation, 'date' | 'command' | 'machine' | 'model' | 'data'>;

/** Figures of a tokenizer by itself, and what the model's figures are measured with. */
export async function measureTokenizer(
  tokenizer: ImageTokenizer,
  { data, judge, signal, progress }: EvaluateModelOptions,
): Promise<{
  readonly figures: Figures;
  readonly ruler: PictureRuler;
  readonly encoded: Awaited<ReturnType<typeof evaluateTokenizer>>['encoded'];
}> {
  const { dataset: train, heldOut: test } = data;
  const withJudge = judge === undefined ? {} : { judge: judge.params };
  const { score, judgeDistance, encoded, reconstructions } = await evaluateTokenizer(
    tokenizer,
    test,
    {
      ...withJudge,
      signal,
      onProgress: (done) =>
        progress.report({ label: 'reconstructing', done, total: test.count, unit: 'pictures' }),
    },
  );
  progress.print('measuring real pictures');
  const ruler = await pictureRuler({ train, real: test, ...withJudge });
  const noise = independentPixels(train, test.count, keyFromSeed(0n));
  const { pictures: _, ssim, ...scores } = score;
  const figures: Figures = {
    ...(judge && { judge: await realAccuracy(judge, test) }),
    tokenizer: {
      ...scores,
      ...(Number.isFinite(ssim) && { ssim }),
      ...(judgeDistance !== undefined && { judgeDistance }),
      distances: await ruler.measure(reconstructions),
    },
    scale: {
      train: await ruler.measure(firstPictures(train, test.count)),
      independentPixels: await ruler.measure({ ...test, images: noise.values }),
    },
  };
  return { figures, ruler, encoded };
}

/** Figures of a model and its tokenizer. */
export async function measureModel(
  model: ImageModel,
  options: EvaluateModelOptions,
): Promise<Figures> {
  const { judge, count, distanceCount, sampling, seed, progress, signal } = options;
  const { figures, ruler, encoded } = await measureTokenizer(model.tokenizer, options);
  progress.print('measuring bits');
  const bitsPerPicture = await bitsPerImage(model.model, encoded);
  signal.throwIfAborted();
  const search =
    options.scales.length === 0
      ? []
      : await scoreScales(model, {
          ...options,
          count: options.searchCount,
          train: options.data.dataset,
        });
  const guidance = options.guidance ?? clearestScale(search) ?? 1;
  const distanceGuidance = options.distanceGuidance ?? nearestScale(search) ?? 1;
  const accuracy =
    judge === undefined || count === 0
      ? undefined
      : await accuracyOf(judge, await generateSet(model, { ...options, count, guidance }));
  const distances =
    distanceCount === 0
      ? undefined
      : await ruler.measure(
          await generateSet(model, {
            ...options,
            count: distanceCount,
            guidance: distanceGuidance,
          }),
        );
  progress.print('measuring time');
  const speed = await timeGeneration(model, { ...options, guidance });
  return {
    ...figures,
    sequence: { bitsPerPicture, pictures: encoded.count },
    ...(search.length > 0 && { search }),
    ...(accuracy && { accuracy: { guidance, ...accuracy } }),
    ...(distances && { distances: { guidance: distanceGuidance, ...distances } }),
    sampling: { ...sampling },
    seed: `${seed}`,
    speed,
  };
}

/** What `evaluation.json` says of a model, apart from its figures. */
export function describeModel(
  name: string,
  {
    config,
    checksum,
    tokenizer,
    params,
  }: Pick<ImageModel, 'config' | 'checksum' | 'tokenizer'> & { readonly params?: ParamTree },
): Evaluation['model'] {
  const tokenizerParameters = countParams(tokenizer.params);
  const trainingPictures = picturesSeen(config.training);
  return {
    name,
    recipe: config.recipe,
    checksum,
    ...(params && { parameters: countParams(params) - tokenizerParameters }),
    tokenizerRecipe: tokenizer.recipe,
    tokenizerParameters,
    ...(trainingPictures !== undefined && { trainingPictures }),
  };
}

async function realAccuracy(
  judge: LoadedJudge,
  test: ImageDataset,
): Promise<NonNullable<Evaluation['judge']>> {
  const { accuracy } = await accuracyOf(judge, test);
  return { checksum: judge.checksum, realAccuracy: accuracy };
}

async function accuracyOf(
  judge: LoadedJudge,
  pictures: ImageDataset,
): Promise<ReturnType<typeof labelAccuracy>> {
  const { labels: seen } = await judgePictures(judge.params, pictures);
  return labelAccuracy(judge.labels, { asked: pictures.labels, seen });
}

function picturesSeen(training: unknown): number | undefined {
  if (typeof training !== 'object' || training === null) return undefined;
  const numbers = new Map(Object.entries(training));
  const factors = ['steps', 'batchSize', 'accumulate'].map((key) => numbers.get(key));
  const product = factors.reduce<number>(
    (result, factor) => result * (typeof factor === 'number' ? factor : NaN),
    1,
  );
  return Number.isFinite(product) ? product : undefined;
}
