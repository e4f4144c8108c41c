import type { ModelConfig } from '@nextx/core';
import type { TrainingSettings } from './training-config.ts';

/** What a model card says; all of it measured or set, nothing typed by hand. */
export interface ModelCardFacts {
  readonly name: string;
  readonly config: ModelConfig;
  readonly training: TrainingSettings;
  readonly dataName: string;
  readonly samples: number;
  readonly parameters: number;
  /** What a sample is called, in the plural. @defaultValue pictures */
  readonly noun?: string;
  /** What a forecaster learns from, as its config states it. */
  readonly sources?: Readonly<Record<string, unknown>>;
  /** Card of the model that it goes on from. */
  readonly startCard?: string;
  /** As it was typed. */
  readonly command: string;
  readonly engine: string;
  /** Of held-out pictures, at the last validation. */
  readonly validation?: Readonly<Record<string, number>>;
  readonly lastLoss?: number;
  readonly licence?: string;
}

/** The card of a trained model, Markdown. */
export function modelCard(facts: ModelCardFacts): string {
  const { name, config, training, dataName, samples, parameters, command, engine } = facts;
  const { validation, lastLoss, licence, noun = 'pictures', sources, startCard } = facts;
  const seen = training.steps * training.batchSize * training.accumulate;
  const figures = Object.entries(validation ?? {}).map(
    ([figure, value]) => `| ${figure} | ${Number(value.toPrecision(6))} |`,
  );
  const description = {
    recipe: config.recipe,
    options: config.options,
    training,
    ...(sources && { data: sources }),
  };
  return `${[
    `# ${name}`,
    '',
    `A \`${config.recipe}\` of nextx, ${parameters.toLocaleString('en')} parameters, trained on ${dataName}: ` +
      `${samples.toLocaleString('en')} ${noun}, ${training.steps.toLocaleString('en')} updates, ` +
      `${seen.toLocaleString('en')} ${noun} seen, on the ${engine} engine.`,
    ...(config.labels === undefined ? [] : ['', `Classes: ${config.labels.join(', ')}.`]),
    '',
    `## Measured on held-out ${noun}`,
    '',
    ...(figures.length === 0 ? ['Not measured.'] : ['| figure | value |', '|---|---|', ...figures]),
    ...(lastLoss === undefined
      ? []
      : ['', `Training loss of the last update: ${lastLoss.toPrecision(5)}.`]),
    '',
    '## Made by',
    '',
    '```sh',
    command,
    '```',
    '',
    'It can be stopped at any moment and goes on with `--resume`. The whole config:',
    '',
    '```json',
    JSON.stringify(description, undefined, 2),
    '```',
    '',
    ...(startCard === undefined ? [] : ['## What it goes on from', '', lowered(startCard), '']),
    '## Licence',
    '',
    licence ?? 'Not stated. It follows that of the training data.',
  ].join('\n')}\n`;
}

/** A card as a part of another: its headings two levels lower. */
function lowered(card: string): string {
  return card.trimEnd().replace(/^#/gm, '###');
}
