import {
  decode,
  guidanceScaleAt,
  OptionError,
  parseGuidanceScale,
  parseGuidanceSchedule,
  parseSamplingOptions,
  parseSeed,
  planLength,
  randomSeed,
  seedOfItem,
  stepCount,
  stepRange,
  tokensTensor,
} from '@nextx/core';
import type {
  DecodeOptions,
  Executor,
  GuidanceSchedule,
  SamplingOptions,
  SequenceModel,
  TokenValues,
} from '@nextx/core';
import { tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { candidateSeeds, logProbsOf, mostLikely, rowsOfTokens } from './best-of.ts';
import { noClass, resolveLabel } from './data/labels.ts';
import { givenIds } from './edit.ts';
import type { ImageModel } from './image-model.ts';
import { floatsToPixels } from './pixels.ts';
import type { Pixels } from './pixels.ts';
import { packageVersion } from './version.ts';

/** What to generate, and how. */
export interface GenerateOptions extends SamplingOptions {
  /** Class of each picture by name or index, repeated in turn; `none` is no class. Absent: all classes in turn. */
  readonly labels?: readonly (string | number)[];
  /** Pictures, 1 to 4096. @defaultValue as many as labels, or 1 */
  readonly count?: number;
  /** Seed of the first picture; picture i has seed + i. Absent: drawn and reported. */
  readonly seed?: bigint | number | string;
  /** `s` in `u + s (c - u)`: 1 none, larger follows the class more closely; 0 to 100. @defaultValue 1 */
  readonly guidanceScale?: number;
  /** How the scale grows over the steps. @defaultValue the recipe's own */
  readonly guidanceSchedule?: GuidanceSchedule;
  /**
   * Candidates drawn for each picture, of which the one is kept that the model finds most probable: fewer pictures whose
   * parts do not fit each other, and less variety. @defaultValue 1
   */
  readonly bestOf?: number;
  /** A picture to change, of the model's size. */
  readonly image?: Pixels;
  /** White where the picture is made anew; black is kept. Needs `image`. */
  readonly mask?: Pixels;
  /**
   * Whether a token is a mixture of codes instead of one drawn code, where the recipe has it (`more_smooth` of VAR's
   * official code): smoother pictures, to be looked at and not measured. @defaultValue false
   */
  readonly isSmooth?: boolean;
  /**
   * Whether each step brings a picture of what is there so far, of the first candidate, where the tokenizer can make
   * one. @defaultValue false
   */
  readonly hasPreviews?: boolean;
  readonly signal?: AbortSignal;
  /** What runs the decoding loop, made for this model. @defaultValue tfjs operations on the active engine */
  readonly executor?: Executor;
}

/** How a picture was made; enough to make it again. */
export interface Provenance {
  readonly program: 'nextx';
  readonly version: string;
  readonly recipe: string;
  /** SHA-256 of the weights in hex. */
  readonly model: string;
  readonly label: string;
  /** Seed of this picture alone, decimal; of the candidate that was kept. */
  readonly seed: string;
  readonly guidanceScale: number;
  readonly guidanceSchedule: GuidanceSchedule;
  readonly sampling: SamplingOptions;
  /** Set where tokens were mixtures of codes. */
  readonly isSmooth?: true;
  /** Ids that were given, -1 where free, of an edited picture. */
  readonly given?: readonly number[];
}

/** A picture and how it was made. */
export interface GeneratedImage extends Pixels {
  readonly provenance: Provenance;
}

/** What generation reports: every step, then the pictures. */
export type GenerateEvent =
  | {
      readonly kind: 'step';
      /** Steps done, from 1. */
      readonly step: number;
      readonly steps: number;
      /** Tokens of a picture known so far, of `length`. */
      readonly filled: number;
      readonly length: number;
      readonly previews?: readonly Pixels[];
    }
  | {
      readonly kind: 'done';
      readonly images: readonly GeneratedImage[];
      /** Ids `[count, N]`; vectors `[count, N, C]` where `isSmooth`. */
      readonly tokens: TokenValues;
    };

const maxCount = 4096;

/** Settings after all checks; labels, seeds and what is given of every candidate. */
interface Settings {
  readonly labels: Int32Array;
  readonly seeds: readonly bigint[];
  readonly bestOf: number;
  readonly guidanceScale: number;
  readonly guidanceSchedule: GuidanceSchedule;
  readonly sampling: Required<SamplingOptions>;
  readonly isSmooth: boolean;
  readonly given: Int32Array | undefined;
}

/**
 * Generates pictures with a loaded model.
 *
 * @throws {OptionError} ARG naming the option, before any work.
 * @throws {ShapeError} if image or mask are not of the model's size.
 * @throws the signal's reason once it is aborted, within one step.
 */
export async function* generateImages(
  loaded: ImageModel,
  options: GenerateOptions,
): AsyncGenerator<GenerateEvent, void, void> {
  const settings = await parseGenerateOptions(loaded, options);
  const { tokenizer } = loaded;
  const { labels, seeds, bestOf, given } = settings;
  const firstCandidates = Array.from(
    { length: seeds.length / bestOf },
    (_, picture) => picture * bestOf,
  );
  const model = modelFor(loaded, settings);
  const isGuided = settings.guidanceScale !== 1;
  const nulls = new Int32Array(isGuided ? labels.length : 0).fill(loaded.labels.length);
  const condition = tidy(() => loaded.model.condition(Int32Array.from([...labels, ...nulls])));
  const logProbs = new Float64Array(seeds.length);
  let tokens: TokenValues = new Int32Array(0);
  try {
    const scored = bestOf > 1 && { logProbs };
    const drawing = { ...decodeOptions(model, settings, options), condition, ...scored };
    for await (const progress of decode(model, drawing)) {
      tokens = progress.tokens;
      const previews =
        options.hasPreviews === true && tokenizer.decodePartial !== undefined
          ? await picturesOf(tokenizer.sampleShape, () =>
              withTokens(model, rowsOfTokens(tokens, seeds.length, firstCandidates), {
                items: firstCandidates.length,
                use: (all) => tokenizer.decodePartial?.(all) as Tensor4D,
              }),
            )
          : undefined;
      yield {
        kind: 'step',
        step: progress.step + 1,
        steps: progress.steps,
        filled: progress.filled,
        length: planLength(model.plan),
        ...(previews && { previews }),
      };
    }
  } finally {
    condition.dispose();
  }
  const isScored = options.executor === undefined || options.executor.hasLogProbs === true;
  if (bestOf > 1 && !isScored) {
    // A cast: only ids are compared, see `assertBestOf`.
    const { signal } = options;
    logProbs.set(await logProbsOf(loaded.model, tokens as Int32Array, { labels, given, signal }));
  }
  const kept = mostLikely(logProbs, bestOf);
  const keptTokens = rowsOfTokens(tokens, seeds.length, kept);
  const pictures = await picturesOf(tokenizer.sampleShape, () =>
    withTokens(model, keptTokens, { items: kept.length, use: (all) => tokenizer.decode(all) }),
  );
  const images = pictures.map((picture, index) => ({
    ...(given === undefined ? picture : keepGiven(picture, options)),
    provenance: provenanceOf(loaded, settings, kept[index]),
  }));
  yield { kind: 'done', images, tokens: keptTokens };
}

/** What the decoding loop is told, but the condition. */
function decodeOptions(
  { plan }: SequenceModel,
  { seeds, sampling, guidanceScale, guidanceSchedule, given, isSmooth }: Settings,
  { signal, executor }: GenerateOptions,
): Omit<DecodeOptions, 'condition'> {
  const steps = stepCount(plan);
  const total = planLength(plan);
  const guidanceAt = (step: number): number => {
    const masked = total - stepRange(plan, step).end;
    return guidanceScaleAt(guidanceSchedule, guidanceScale, { step, steps, masked, total });
  };
  return {
    seeds,
    sampling,
    ...(guidanceScale !== 1 && { guidanceScaleAt: guidanceAt }),
    // A smooth model has what is given, as vectors, from itself, and is none that an executor was made for.
    ...(given && !isSmooth && { given }),
    ...(executor && !isSmooth && { executor }),
    ...(signal && { signal }),
  };
}

async function parseGenerateOptions(
  loaded: ImageModel,
  options: GenerateOptions,
): Promise<Settings> {
  const {
    labels: wanted,
    seed,
    guidanceScale = 1,
    bestOf = 1,
    image,
    mask,
    temperature,
    topK,
    topP,
    minP,
    typical,
    epsilon,
    eta,
  } = options;
  const named =
    wanted === undefined
      ? loaded.labels.map((_, label) => label)
      : wanted.map((label) => resolveLabel(loaded.labels, label));
  const count = options.count ?? (wanted === undefined ? 1 : named.length);
  if (!Number.isInteger(count) || count < 1 || count > maxCount || named.length === 0) {
    throw new OptionError(
      `generate: count must be an integer from 1 to ${maxCount} and labels not empty, got ${count} and ${named.length} labels. Generate more in several calls.`,
    );
  }
  assertBestOf(bestOf, count, options.isSmooth === true);
  if (mask !== undefined && image === undefined) {
    throw new OptionError('generate: a mask needs an image, got none. Give the image to change.');
  }
  const first = seed === undefined ? randomSeed() : parseSeed(seed);
  const filters = { temperature, topK, topP, minP, typical, epsilon, eta };
  const sampling = parseSamplingOptions(
    Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)),
  );
  const seeds = Array.from({ length: count }, (_, item) => seedOfItem(first, item));
  return {
    labels: Int32Array.from(
      { length: count * bestOf },
      (_, candidate) => named[Math.floor(candidate / bestOf) % named.length],
    ),
    seeds: candidateSeeds(seeds, bestOf),
    bestOf,
    guidanceScale: parseGuidanceScale(guidanceScale),
    guidanceSchedule: parseGuidanceSchedule(
      options.guidanceSchedule ?? loaded.recipe.guidanceSchedule,
    ),
    sampling,
    isSmooth: options.isSmooth === true,
    given:
      image === undefined
        ? undefined
        : await givenIds(loaded.tokenizer, { image, mask, count: count * bestOf }),
  };
}

function assertBestOf(bestOf: number, count: number, isSmooth: boolean): void {
  const most = Math.floor(maxCount / count);
  if (!Number.isInteger(bestOf) || bestOf < 1 || bestOf > most) {
    throw new OptionError(
      `generate: bestOf must be an integer from 1 to ${most} for ${count} pictures, got ${bestOf}. Generate fewer at once.`,
    );
  }
  if (bestOf > 1 && isSmooth) {
    throw new OptionError(
      `generate: bestOf compares drawn codes, isSmooth mixes them; got bestOf ${bestOf} with it. Leave one of them out.`,
    );
  }
}

/** @throws {OptionError} ARG if smoothness is asked of a recipe that lacks it. */
function modelFor({ model, recipe, tokenizer }: ImageModel, settings: Settings): SequenceModel {
  if (!settings.isSmooth) return model;
  if (recipe.smooth === undefined) {
    throw new OptionError(
      `generate: isSmooth needs a recipe that mixes codes, ${recipe.name} does not. Leave it out.`,
    );
  }
  return recipe.smooth(model, tokenizer, settings.given);
}

function withTokens(
  model: SequenceModel,
  tokens: TokenValues,
  { items, use }: { readonly items: number; readonly use: (tokens: Tensor) => Tensor4D },
): Tensor4D {
  return tidy(() => use(tokensTensor(model, tokens, items)));
}

async function picturesOf(
  [height, width, channels]: readonly [number, number, number],
  make: () => Tensor,
): Promise<Pixels[]> {
  const maps = make();
  try {
    const values = await maps.data<'float32'>();
    const size = height * width * channels;
    return Array.from({ length: values.length / size }, (_, item) =>
      floatsToPixels(values.subarray(item * size, (item + 1) * size), {
        width,
        height,
        channels: channels as 1 | 3,
      }),
    );
  } finally {
    maps.dispose();
  }
}

/** The picture with the kept pixels exactly as they were: an empty mask gives the input back bit for bit. */
function keepGiven(picture: Pixels, { image, mask }: GenerateOptions): Pixels {
  if (image === undefined || mask === undefined) return picture;
  const data = picture.data.map((value, index) => {
    const pixel = Math.floor(index / picture.channels);
    return mask.data[pixel * mask.channels] >= 128 ? value : image.data[index];
  });
  return { ...picture, data };
}

function provenanceOf(loaded: ImageModel, settings: Settings, item: number): Provenance {
  const { labels, seeds, guidanceScale, guidanceSchedule, sampling, isSmooth, given } = settings;
  const length = planLength(loaded.plan);
  return {
    program: 'nextx',
    version: packageVersion,
    recipe: loaded.config.recipe,
    model: loaded.checksum,
    label: loaded.labels[labels[item]] ?? noClass,
    seed: seeds[item].toString(),
    guidanceScale,
    guidanceSchedule,
    sampling,
    ...(isSmooth && { isSmooth }),
    ...(given && { given: [...given.subarray(item * length, (item + 1) * length)] }),
  };
}
