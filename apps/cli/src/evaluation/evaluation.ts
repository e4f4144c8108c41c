import { parseOptions } from '@nextx/core';
import type { LabelAccuracy, PictureDistances, TokenizerScore } from '@nextx/image';
import * as z from 'zod/mini';

/** A guidance scale and what training pictures say of it. */
export interface ScaleScore extends PictureDistances {
  readonly guidance: number;
  /** Share of the pictures that the judge sees as asked for. */
  readonly accuracy?: number;
}

/** Everything that `nextx evaluate` measures, as `evaluation.json` holds it. What could not be measured is absent. */
export interface Evaluation {
  /** UTC, `2026-01-31`. */
  readonly date: string;
  /** As it was typed. */
  readonly command: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGib: number;
    readonly node: string;
    readonly engine: string;
    /** What decoded: `reference`, or the cpu executor and its weights; absent for tokenizers. */
    readonly executor?: string;
  };
  readonly model: {
    readonly name: string;
    readonly recipe: string;
    /** SHA-256 of the weights. */
    readonly checksum: string;
    /** Of the sequence model, without the tokenizer. */
    readonly parameters?: number;
    readonly tokenizerRecipe: string;
    readonly tokenizerParameters: number;
    /** Samples seen in training, as its config states. */
    readonly trainingPictures?: number;
  };
  readonly data: {
    readonly name: string;
    readonly trainCount: number;
    readonly testCount: number;
    /** The pictures are squares of this side. */
    readonly width: number;
    readonly channels: number;
  };
  readonly judge?: {
    /** SHA-256 of the weights. */
    readonly checksum: string;
    /** On the real test pictures. */
    readonly realAccuracy: number;
  };
  /** On the test split. */
  readonly tokenizer: Omit<TokenizerScore, 'pictures' | 'ssim'> & {
    /** Absent for pictures below 11 x 11. */
    readonly ssim?: number;
    readonly judgeDistance?: number;
    /** Distances of the reconstructions from the test pictures themselves. */
    readonly distances: PictureDistances;
  };
  /** Bits of the tokens of a picture of the test split, given the class. */
  readonly sequence?: { readonly bitsPerPicture: number; readonly pictures: number };
  /** Distances of pictures whose quality is known, from the test pictures. */
  readonly scale: {
    /** The first training pictures, as many as there are test pictures. */
    readonly train: PictureDistances;
    /** Every value drawn at its own place, independently. */
    readonly independentPixels: PictureDistances;
  };
  /** How guidance was chosen, on training pictures only. */
  readonly search?: readonly ScaleScore[];
  /** Of generated pictures, with the guidance scale that made them. */
  readonly accuracy?: Omit<LabelAccuracy, 'classes'> & {
    readonly guidance: number;
    readonly classes?: LabelAccuracy['classes'];
  };
  readonly distances?: PictureDistances & { readonly guidance: number };
  readonly sampling?: Readonly<Record<string, number>>;
  readonly seed?: string;
  readonly speed?: {
    readonly guidance: number;
    /** Of the network for one picture; two a step with guidance. */
    readonly evaluations: number;
    readonly tokens: number;
    /** Median of three runs of a batch. */
    readonly secondsPerPicture: number;
    readonly batch: number;
    /** Median of three runs of one picture alone. */
    readonly secondsAlone: number;
  };
}

const number = z.number();
const maybe = z.exactOptional(number);
/** JSON writes null for what is no number. */
const figure = z.pipe(
  z.nullable(number),
  z.transform((value: number | null) => value ?? NaN),
);

const distances = z.strictObject({
  count: number,
  realCount: number,
  frechetPca64: maybe,
  frechetJudge: maybe,
  precision: maybe,
  recall: maybe,
  density: maybe,
  coverage: maybe,
});

const labelClass = z.strictObject({
  name: z.string(),
  count: number,
  accuracy: figure,
  mistakenFor: z.exactOptional(z.string()),
});

const schema = z.strictObject({
  date: z.string(),
  command: z.string(),
  machine: z.strictObject({
    processor: z.string(),
    cores: number,
    memoryGib: number,
    node: z.string(),
    engine: z.string(),
    executor: z.exactOptional(z.string()),
  }),
  model: z.strictObject({
    name: z.string(),
    recipe: z.string(),
    checksum: z.string(),
    parameters: maybe,
    tokenizerRecipe: z.string(),
    tokenizerParameters: number,
    trainingPictures: maybe,
  }),
  data: z.strictObject({
    name: z.string(),
    trainCount: number,
    testCount: number,
    width: number,
    channels: number,
  }),
  judge: z.exactOptional(z.strictObject({ checksum: z.string(), realAccuracy: number })),
  tokenizer: z.strictObject({
    used: number,
    perplexity: number,
    tokensPerPicture: number,
    bitsPerPixel: number,
    psnr: number,
    ssim: maybe,
    judgeDistance: maybe,
    distances,
  }),
  sequence: z.exactOptional(z.strictObject({ bitsPerPicture: number, pictures: number })),
  scale: z.strictObject({ train: distances, independentPixels: distances }),
  search: z.exactOptional(z.array(z.extend(distances, { guidance: number, accuracy: maybe }))),
  accuracy: z.exactOptional(
    z.strictObject({
      guidance: number,
      accuracy: number,
      count: number,
      classes: z.exactOptional(z.array(labelClass)),
    }),
  ),
  distances: z.exactOptional(z.extend(distances, { guidance: number })),
  sampling: z.exactOptional(z.record(z.string(), number)),
  seed: z.exactOptional(z.string()),
  speed: z.exactOptional(
    z.strictObject({
      guidance: number,
      evaluations: number,
      tokens: number,
      secondsPerPicture: number,
      batch: number,
      secondsAlone: number,
    }),
  ),
}) satisfies z.ZodMiniType<Evaluation>;

/**
 * An evaluation as a file holds it, checked.
 *
 * @param where  What it comes from, for messages.
 * @param json  What `JSON.parse` made of the file.
 * @throws {OptionError} CONFIG naming each value that does not fit.
 */
export function parseEvaluation(where: string, json: unknown): Evaluation {
  return parseOptions(where, schema, json, 'CONFIG');
}
