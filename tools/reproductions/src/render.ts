import type { Evaluation } from '@nextx/cli/evaluation';
import { markdownTable } from '@nextx/cli/pages';
import type { PictureDistances } from '@nextx/image';
import { figure, share, whole } from './figures.ts';
import type { MeasuredModel } from './measured-model.ts';
import type { PublishedSystem } from './systems.ts';

/** The page of reproductions: made of what was measured, so that nothing in it is typed by hand. */
export function renderReproductions(
  models: readonly MeasuredModel[],
  systems: readonly PublishedSystem[],
): string {
  const evaluations = models.map(({ evaluation }) => evaluation);
  return `${[
    '# Reproductions',
    '',
    'Written by `npm run reproductions` in `tools/reproductions` from `reproductions.data.json`; do not edit it.',
    'Published claims stand beside what nextx measures at the scale that a laptop trains: same data, same number of training',
    'pictures, same judge for all models of a data set. Nothing here is called FID: `frechetPca64` is the Fréchet distance along',
    '64 principal components of the pixels, `frechetJudge` that in the features of the judge. Both fall as pictures grow more,',
    'so the counts stand beside them.',
    '',
    '## Published systems',
    '',
    systemTable(evaluations, systems),
    ...section('Tokenizers', evaluations.length > 0, () => tokenizerTable(evaluations)),
    ...section('Generated pictures', evaluations.some(isSequence), () =>
      generatedTable(evaluations.filter(isSequence)),
    ),
    ...section('Side by side', comparable(evaluations).length > 0, () =>
      comparable(evaluations).map(sideBySide).join('\n\n'),
    ),
    ...section(
      'How guidance was chosen',
      evaluations.some(({ search }) => search),
      () => searchTable(evaluations),
    ),
    ...section(
      'Beside JPEG and WebP',
      models.some(({ codecs }) => codecs),
      () => codecTable(models),
    ),
    ...section('Commands', evaluations.length > 0, () => commandTable(evaluations)),
  ].join('\n')}\n`;
}

function section(title: string, isThere: boolean, body: () => string): string[] {
  return isThere ? ['', `## ${title}`, '', body()] : [];
}

function isSequence({ sequence }: Evaluation): boolean {
  return sequence !== undefined;
}

function systemTable(
  evaluations: readonly Evaluation[],
  systems: readonly PublishedSystem[],
): string {
  const rows = systems.map(({ name, paper, claim, recipe }) => {
    const measured = evaluations.filter(({ model }) => model.recipe === recipe);
    const text = measured.length === 0 ? 'not yet reproduced' : measured.map(headline).join('; ');
    return [name, paper, claim, text];
  });
  return markdownTable(['system', 'paper', 'claim, ImageNet at 256 pixels', 'nextx'], rows);
}

/** What is measured of a model, in a line. */
function headline({ model, data, accuracy, distances, speed, tokenizer }: Evaluation): string {
  const figures = [
    ...(distances?.frechetPca64 === undefined
      ? []
      : [`frechetPca64 ${figure(distances.frechetPca64, 2)}`]),
    ...(accuracy === undefined ? [] : [`class accuracy ${share(accuracy.accuracy)}`]),
    ...(speed === undefined ? [] : [`${speed.evaluations} evaluations for ${speed.tokens} tokens`]),
    `reconstruction ${figure(tokenizer.psnr, 1)} dB`,
  ];
  return `\`${model.name}\` on ${data.name}: ${figures.join(', ')}`;
}

function tokenizerTable(evaluations: readonly Evaluation[]): string {
  const header = [
    'model',
    'tokenizer',
    'parameters',
    'tokens',
    'bits a pixel',
    'PSNR, dB',
    'codes used',
    'perplexity',
    'frechetPca64',
    'frechetJudge',
    'test pictures',
  ];
  const rows = evaluations.map(({ model, data, tokenizer }) => [
    `\`${model.name}\``,
    model.tokenizerRecipe,
    whole(model.tokenizerParameters),
    whole(tokenizer.tokensPerPicture),
    figure(tokenizer.bitsPerPixel, 3),
    figure(tokenizer.psnr, 2),
    share(tokenizer.used),
    figure(tokenizer.perplexity, 0),
    figure(tokenizer.distances.frechetPca64, 3),
    figure(tokenizer.distances.frechetJudge, 3),
    whole(data.testCount),
  ]);
  return `All on the test split, reconstructions against the pictures themselves.\n\n${markdownTable(header, rows)}`;
}

function generatedTable(evaluations: readonly Evaluation[]): string {
  const header = [
    'model',
    'pictures',
    'guidance',
    'frechetPca64',
    'frechetJudge',
    'precision',
    'recall',
  ];
  const tables = evaluations.map(
    ({ model, data, judge, distances, tokenizer, scale, accuracy, sequence }) => {
      const row = (name: string, guidance: string, one: PictureDistances) => [
        name,
        `${whole(one.count)} against ${whole(one.realCount)} real`,
        guidance,
        figure(one.frechetPca64, 3),
        figure(one.frechetJudge, 3),
        figure(one.precision, 3),
        figure(one.recall, 3),
      ];
      const rows = [
        ...(distances === undefined
          ? []
          : [row(`\`${model.name}\``, String(distances.guidance), distances)]),
        row('reconstructions of its tokenizer', '', tokenizer.distances),
        row('real training pictures', '', scale.train),
        row('independent pixels', '', scale.independentPixels),
      ];
      const facts = [
        `${whole(model.parameters ?? 0)} parameters`,
        ...(model.trainingPictures === undefined
          ? []
          : [`${whole(model.trainingPictures)} training pictures seen`]),
        ...(sequence === undefined
          ? []
          : [`${figure(sequence.bitsPerPicture, 1)} bits for the tokens of a test picture`]),
        ...(accuracy === undefined || judge === undefined
          ? []
          : [
              `the judge sees ${share(accuracy.accuracy)} of ${whole(accuracy.count)} pictures at guidance ${accuracy.guidance} as the class that was asked for ` +
                `(${share(judge.realAccuracy)} of real test pictures)`,
            ]),
      ];
      return `### ${model.name}, ${model.recipe} on ${data.name}\n\n${facts.join('; ')}.\n\n${markdownTable(header, rows)}`;
    },
  );
  return tables.join('\n\n');
}

/** Models of several recipes on one data set. */
function comparable(evaluations: readonly Evaluation[]): Evaluation[][] {
  const names = [...new Set(evaluations.filter(isSequence).map(({ data }) => data.name))];
  return names
    .map((name) => evaluations.filter((one) => isSequence(one) && one.data.name === name))
    .filter((group) => new Set(group.map(({ model }) => model.recipe)).size > 1);
}

function sideBySide(group: readonly Evaluation[]): string {
  const rows: [string, (one: Evaluation) => string][] = [
    ['parameters', ({ model }) => whole(model.parameters ?? 0)],
    [
      'training pictures seen',
      ({ model }) =>
        model.trainingPictures === undefined ? 'not stated' : whole(model.trainingPictures),
    ],
    ['reconstruction PSNR, dB', ({ tokenizer }) => figure(tokenizer.psnr, 2)],
    [
      'bits for the tokens of a test picture',
      ({ sequence }) => figure(sequence?.bitsPerPicture, 1),
    ],
    ['class accuracy', ({ accuracy }) => share(accuracy?.accuracy)],
    ['frechetPca64', ({ distances }) => figure(distances?.frechetPca64, 3)],
    ['frechetJudge', ({ distances }) => figure(distances?.frechetJudge, 3)],
    ['tokens', ({ tokenizer }) => whole(tokenizer.tokensPerPicture)],
    [
      'evaluations of the network, two a step with guidance',
      ({ speed }) => (speed === undefined ? 'not measured' : whole(speed.evaluations)),
    ],
    [
      'seconds a picture, in batches',
      ({ speed }) =>
        speed === undefined
          ? 'not measured'
          : `${figure(speed.secondsPerPicture, 4)} (${speed.batch} at once, guidance ${speed.guidance})`,
    ],
    ['seconds of one picture alone', ({ speed }) => figure(speed?.secondsAlone, 3)],
  ];
  const header = ['', ...group.map(({ model }) => `\`${model.name}\` (${model.recipe})`)];
  const body = rows.map(([name, value]) => [name, ...group.map(value)]);
  return `### ${group[0].data.name}\n\n${markdownTable(header, body)}`;
}

function searchTable(evaluations: readonly Evaluation[]): string {
  const rows = evaluations.flatMap(({ model, search = [], distances, accuracy }) =>
    search.map((score) => [
      `\`${model.name}\``,
      String(score.guidance),
      figure(score.frechetPca64, 3),
      figure(score.frechetJudge, 3),
      share(score.accuracy),
      `${whole(score.count)} against ${whole(score.realCount)}`,
      [
        ...(distances?.guidance === score.guidance ? ['distance'] : []),
        ...(accuracy?.guidance === score.guidance ? ['accuracy'] : []),
      ].join(', '),
    ]),
  );
  const header = [
    'model',
    'scale',
    'frechetPca64',
    'frechetJudge',
    'accuracy',
    'pictures',
    'used for',
  ];
  return `Against training pictures only, with seeds of their own.\n\n${markdownTable(header, rows)}`;
}

function codecTable(models: readonly MeasuredModel[]): string {
  const rows = models.flatMap(({ evaluation: { model, sequence, tokenizer, data }, codecs }) =>
    codecs === undefined
      ? []
      : [
          [
            `\`${model.name}\``,
            figure((sequence?.bitsPerPicture ?? 0) / 8, 1),
            figure(tokenizer.psnr, 2),
            '',
            whole(data.testCount),
          ],
          ...codecs.map((one) => [
            `${one.codec}, ${one.counting === 'file' ? 'whole file' : 'without header and tables'}`,
            figure(one.bytes, 1),
            figure(one.psnr, 2),
            share(one.overBudget),
            whole(one.pictures),
          ]),
        ],
  );
  const header = [
    '',
    'bytes a picture',
    'PSNR, dB',
    'too large at the worst quality',
    'test pictures',
  ];
  return (
    'A model needs the cross-entropy of its tokens for a picture, given its class. The codecs get as many bytes, or the fewest ' +
    `they can do with.\n\n${markdownTable(header, rows)}`
  );
}

function commandTable(evaluations: readonly Evaluation[]): string {
  const rows = evaluations.map(({ model, command, date, machine, judge }) => [
    `\`${model.name}\``,
    `\`${model.checksum.slice(0, 12)}\``,
    judge === undefined ? 'none' : `\`${judge.checksum.slice(0, 12)}\``,
    `\`${command}\``,
    date,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGib} GiB, Node ${machine.node}, ${machine.engine}${machine.executor === undefined ? '' : `, decoded by ${machine.executor}`}`,
  ]);
  return markdownTable(['model', 'weights', 'judge', 'command', 'date', 'machine'], rows);
}
