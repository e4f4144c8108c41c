import type { LabelAccuracy, PictureDistances, TokenizerScore } from '@nextx/image';

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
    readonly width: number;
    readonly height: number;
    readonly channels: number;
  };
  readonly judge?: {
    /** SHA-256 of the weights. */
    readonly checksum: string;
    /** On the real test pictures. */
    readonly realAccuracy: number;
  };
  /** On the test split. */
  readonly tokenizer: TokenizerScore & {
    readonly judgeDistance?: number;
    /** Distances of the reconstructions from the test pictures themselves. */
    readonly distances: PictureDistances;
  };
  /** On the tokens of the test split, given the class. */
  readonly sequence?: {
    readonly bitsPerPicture: number;
    readonly bitsPerToken: number;
    readonly pictures: number;
  };
  /** Distances of pictures whose quality is known, from the test pictures. */
  readonly scale: {
    /** The first training pictures, as many as there are test pictures. */
    readonly train: PictureDistances;
    /** Every value drawn at its own place, independently. */
    readonly independentPixels: PictureDistances;
  };
  /** How guidance was chosen, on training pictures only. */
  readonly search?: readonly ScaleScore[];
  readonly accuracy?: LabelAccuracy & { readonly guidance: number };
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
