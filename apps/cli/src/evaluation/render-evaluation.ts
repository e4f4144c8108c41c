import type { PictureDistances } from '@nextx/image';
import type { Evaluation } from './evaluation.ts';

/** The figures of an evaluation for people: one a line, with what it is to be held against. */
export function renderEvaluation(evaluation: Evaluation): string {
  const { model, data, tokenizer, sequence, speed } = evaluation;
  const lines: (readonly [string, string])[] = [
    [
      'model',
      `${model.name}, ${model.recipe}` +
        (model.parameters === undefined ? '' : `, ${thousands(model.parameters)} parameters`) +
        `, tokenizer ${thousands(model.tokenizerParameters)}`,
    ],
    [
      'data',
      `${data.name}, ${thousands(data.trainCount)} to train, ${thousands(data.testCount)} to test`,
    ],
    ['reconstruction', `${fixed(tokenizer.psnr, 2)} dB, SSIM ${fixed(tokenizer.ssim ?? NaN, 3)}`],
    [
      'codes',
      `${percent(tokenizer.used)} used, perplexity ${fixed(tokenizer.perplexity, 0)}, ` +
        `${fixed(tokenizer.bitsPerPixel, 3)} bits a pixel`,
    ],
    ...(sequence === undefined
      ? []
      : ([
          [
            'cross-entropy',
            `${fixed(sequence.bitsPerPicture, 1)} bits a picture, ${fixed(sequence.bitsPerPicture / tokenizer.tokensPerPicture, 3)} a token`,
          ],
        ] as const)),
    ...accuracyLines(evaluation),
    ...distanceLines(evaluation),
    ...(speed === undefined
      ? []
      : ([
          [
            'speed',
            `${speed.secondsPerPicture.toPrecision(3)} s a picture in batches of ${speed.batch}, ` +
              `${speed.secondsAlone.toPrecision(3)} s alone; ${speed.evaluations} evaluations of the network for ${speed.tokens} tokens`,
          ],
        ] as const)),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n');
}

function accuracyLines({
  judge,
  accuracy,
  search,
}: Evaluation): readonly (readonly [string, string])[] {
  const real = judge === undefined ? '' : ` (real test pictures ${percent(judge.realAccuracy)})`;
  const tried = (search ?? []).map((score): readonly [string, string] => [
    `scale ${score.guidance}`,
    `${distanceText(score)}, accuracy ${score.accuracy === undefined ? 'not known' : percent(score.accuracy)}; against training pictures`,
  ]);
  if (accuracy === undefined) return tried;
  return [
    ...tried,
    [
      'accuracy',
      `${percent(accuracy.accuracy)} of ${thousands(accuracy.count)} pictures at guidance ${accuracy.guidance}${real}`,
    ],
  ];
}

function distanceLines({
  tokenizer,
  scale,
  distances,
}: Evaluation): readonly (readonly [string, string])[] {
  return [
    ...(distances === undefined
      ? []
      : ([['generated', `${distanceText(distances)}, guidance ${distances.guidance}`]] as const)),
    ['reconstructions', distanceText(tokenizer.distances)],
    ['real', distanceText(scale.train)],
    ['noise', distanceText(scale.independentPixels)],
  ];
}

function distanceText(distances: PictureDistances): string {
  const { count, realCount, frechetPca64, frechetJudge, precision, recall } = distances;
  return [
    ...(frechetPca64 === undefined ? [] : [`frechetPca64 ${fixed(frechetPca64, 3)}`]),
    ...(frechetJudge === undefined ? [] : [`frechetJudge ${fixed(frechetJudge, 3)}`]),
    ...(precision === undefined || recall === undefined
      ? []
      : [`precision ${fixed(precision, 3)}`, `recall ${fixed(recall, 3)}`]),
    `${thousands(count)} against ${thousands(realCount)}`,
  ].join(', ');
}

function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : 'not known';
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function thousands(value: number): string {
  return value.toLocaleString('en');
}
