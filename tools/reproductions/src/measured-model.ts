import { parseEvaluation, type Evaluation } from '@nextx/cli/evaluation';
import { parseOptions } from '@nextx/core';
import * as z from 'zod/mini';

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
  readonly evaluation: Evaluation;
  readonly codecs?: readonly CodecScore[];
}

const codecScore = z.strictObject({
  codec: z.enum(['jpeg', 'webp']),
  counting: z.enum(['file', 'payload']),
  targetBytes: z.number(),
  bytes: z.number(),
  psnr: z.number(),
  overBudget: z.number(),
  pictures: z.number(),
});

const data = z.strictObject({
  models: z.array(
    z.strictObject({ evaluation: z.unknown(), codecs: z.exactOptional(z.array(codecScore)) }),
  ),
});

/** The text of `docs/reproductions.data.json`, checked. @throws {OptionError} naming what does not fit. */
export function parseMeasured(text: string): MeasuredModel[] {
  const { models } = parseOptions('reproductions', data, JSON.parse(text), 'CONFIG');
  return models.map(({ evaluation, ...rest }, index) => ({
    evaluation: parseEvaluation(`reproductions: model ${index}`, evaluation),
    ...rest,
  }));
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
