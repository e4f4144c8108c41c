import * as z from 'zod/mini';

/** Some distances from real pictures. */
export interface MeasuredDistances {
  readonly count: number;
  readonly realCount: number;
  readonly frechetPca64?: number;
  readonly frechetJudge?: number;
  readonly precision?: number;
  readonly recall?: number;
}

/** What the tables take from an `evaluation.json`; the rest of it is passed over. */
export interface MeasuredEvaluation {
  readonly date: string;
  readonly command: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGib: number;
    readonly node: string;
    readonly engine: string;
  };
  readonly model: {
    readonly name: string;
    readonly recipe: string;
    readonly checksum: string;
    readonly parameters?: number;
    readonly tokenizerRecipe: string;
    readonly tokenizerParameters: number;
    readonly trainingPictures?: number;
  };
  readonly data: {
    readonly name: string;
    readonly trainCount: number;
    readonly testCount: number;
    readonly width: number;
    readonly channels: number;
  };
  readonly judge?: { readonly checksum: string; readonly realAccuracy: number };
  readonly tokenizer: {
    readonly psnr: number;
    readonly used: number;
    readonly perplexity: number;
    readonly bitsPerPixel: number;
    readonly tokensPerPicture: number;
    readonly distances: MeasuredDistances;
  };
  readonly sequence?: { readonly bitsPerPicture: number; readonly pictures: number };
  readonly scale: {
    readonly train: MeasuredDistances;
    readonly independentPixels: MeasuredDistances;
  };
  readonly search?: readonly (MeasuredDistances & {
    readonly guidance: number;
    readonly accuracy?: number;
  })[];
  readonly accuracy?: {
    readonly guidance: number;
    readonly accuracy: number;
    readonly count: number;
  };
  readonly distances?: MeasuredDistances & { readonly guidance: number };
  readonly speed?: {
    readonly guidance: number;
    readonly evaluations: number;
    readonly tokens: number;
    readonly secondsPerPicture: number;
    readonly batch: number;
    readonly secondsAlone: number;
  };
}

/** A codec under the budget of a model, mean over pictures. */
export interface CodecScore {
  readonly codec: 'jpeg' | 'webp';
  /** Whether headers and tables, which a decoder could know beforehand, count. */
  readonly counting: 'file' | 'payload';
  readonly targetBytes: number;
  readonly bytes: number;
  readonly psnr: number;
  /** Share of the pictures that do not fit even at the worst quality. */
  readonly overBudget: number;
  readonly pictures: number;
}

/** Everything measured on one model. */
export interface MeasuredModel {
  readonly evaluation: MeasuredEvaluation;
  readonly codecs?: readonly CodecScore[];
}

const distances = z.object({
  count: z.number(),
  realCount: z.number(),
  frechetPca64: z.exactOptional(z.number()),
  frechetJudge: z.exactOptional(z.number()),
  precision: z.exactOptional(z.number()),
  recall: z.exactOptional(z.number()),
});

const scaleScore = z.extend(distances, {
  guidance: z.number(),
  accuracy: z.exactOptional(z.number()),
});

const evaluation = z.object({
  date: z.string(),
  command: z.string(),
  machine: z.object({
    processor: z.string(),
    cores: z.number(),
    memoryGib: z.number(),
    node: z.string(),
    engine: z.string(),
  }),
  model: z.object({
    name: z.string(),
    recipe: z.string(),
    checksum: z.string(),
    parameters: z.exactOptional(z.number()),
    tokenizerRecipe: z.string(),
    tokenizerParameters: z.number(),
    trainingPictures: z.exactOptional(z.number()),
  }),
  data: z.object({
    name: z.string(),
    trainCount: z.number(),
    testCount: z.number(),
    width: z.number(),
    channels: z.number(),
  }),
  judge: z.exactOptional(z.object({ checksum: z.string(), realAccuracy: z.number() })),
  tokenizer: z.object({
    psnr: z.number(),
    used: z.number(),
    perplexity: z.number(),
    bitsPerPixel: z.number(),
    tokensPerPicture: z.number(),
    distances,
  }),
  sequence: z.exactOptional(z.object({ bitsPerPicture: z.number(), pictures: z.number() })),
  scale: z.object({ train: distances, independentPixels: distances }),
  search: z.exactOptional(z.array(scaleScore)),
  accuracy: z.exactOptional(
    z.object({ guidance: z.number(), accuracy: z.number(), count: z.number() }),
  ),
  distances: z.exactOptional(z.extend(distances, { guidance: z.number() })),
  speed: z.exactOptional(
    z.object({
      guidance: z.number(),
      evaluations: z.number(),
      tokens: z.number(),
      secondsPerPicture: z.number(),
      batch: z.number(),
      secondsAlone: z.number(),
    }),
  ),
}) satisfies z.ZodMiniType<MeasuredEvaluation>;

const codecScore = z.object({
  codec: z.enum(['jpeg', 'webp']),
  counting: z.enum(['file', 'payload']),
  targetBytes: z.number(),
  bytes: z.number(),
  psnr: z.number(),
  overBudget: z.number(),
  pictures: z.number(),
});

const data = z.strictObject({
  models: z.array(z.object({ evaluation, codecs: z.exactOptional(z.array(codecScore)) })),
}) satisfies z.ZodMiniType<{ readonly models: readonly MeasuredModel[] }>;

/** The text of an `evaluation.json`, checked. @throws {Error} naming what does not fit. */
export function parseEvaluation(text: string): MeasuredEvaluation {
  return z.parse(evaluation, JSON.parse(text));
}

/** The text of `docs/reproductions.data.json`, checked. @throws {Error} naming what does not fit. */
export function parseMeasured(text: string): MeasuredModel[] {
  return z.parse(data, JSON.parse(text)).models;
}

/** Puts a model's figures in the place of earlier ones of the same name. */
export function withModel(
  models: readonly MeasuredModel[],
  measured: MeasuredModel,
): MeasuredModel[] {
  const { name } = measured.evaluation.model;
  const others = models.filter(({ evaluation: other }) => other.model.name !== name);
  return [...others, measured].sort((a, b) =>
    a.evaluation.model.name < b.evaluation.model.name ? -1 : 1,
  );
}
