import type { HostTensor, ModelConfig, Trainee } from '@nextx/core';
import type { ProgressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import type { TrainingBasis } from './training-basis.ts';
import type { TrainingRecipe, TrainingSettings } from './training-config.ts';

/** What is to be trained, and on what. */
export interface TrainingRequest {
  readonly recipe: TrainingRecipe;
  /** The recipe's own; absent: small ones that fit the data. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly training: TrainingSettings;
  /** What a forecaster learns from, as its config states it. */
  readonly sources?: Readonly<Record<string, unknown>>;
  /** Folder of the pictures or series. */
  readonly data: string;
  /** Side that pictures of class folders are resized to. */
  readonly size?: number;
  /** Folder of the tokenizer that a sequence model is built on. */
  readonly tokenizer?: string;
  /** Folder of the trained forecaster to go on from. */
  readonly start?: string;
  /** Folder of the training's own files. */
  readonly trainingFolder: string;
}

/** Where a job's preparation says what it does. */
export interface JobContext {
  readonly world: World;
  readonly progress: ProgressLine;
}

/** A model ready to be trained, and what its folder will hold beside the trained weights. */
export interface TrainingJob {
  readonly trainee: Trainee;
  /** Of the finished model: recipe, complete options, labels. */
  readonly config: ModelConfig;
  /** Before the path of each trained weight in the finished file. */
  readonly prefix: string;
  /** Tensors that the finished file holds beside the trained ones. */
  readonly fixed: ReadonlyMap<string, HostTensor>;
  /** What a sample is called, in the plural. @defaultValue pictures */
  readonly noun?: string;
  /** More of the config, for the card: what a forecaster learns from. */
  readonly sources?: Readonly<Record<string, unknown>>;
  /** Card of the model that it goes on from. */
  readonly startCard?: string;
  /** What is trained on. */
  readonly basis: TrainingBasis;
  /** Frees initial weights and tokenizer. */
  dispose(): void;
}
