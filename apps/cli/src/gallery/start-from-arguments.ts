import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { folderFiles, writeFileAtomic } from '@nextx/core/node';
import { imageRecipes, loadImageModel } from '@nextx/image';
import type { ImageModel } from '@nextx/image';
import { shippedModels } from '@nextx/image/node';
import { readModelRecipe } from './model-recipe.ts';
import type { ActiveEngine } from '../engines/engine.ts';
import type { ModelPlace } from '../generation/find-model.ts';
import { editRecord, type EditInput } from '../generation/edit-input.ts';
import { generatePictures } from '../generation/generate-pictures.ts';
import { defaultScale, gridPng } from '../generation/picture-files.ts';
import { startEngine } from '../start-engine.ts';
import { executorRecord } from '../executor-record.ts';
import { startExecutor, threadsOption, type FusedExecutor } from '../start-executor.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText, seedOption } from '../terminal/option-values.ts';
import { formatSeconds, progressLine, type ProgressLine } from '../terminal/progress.ts';
import type { World } from '../terminal/world.ts';
import { showForecast } from './forecast-section.ts';
import { galleryHtml, type GallerySection, type GallerySheet } from './gallery-html.ts';

/** Pictures of each class. */
const rows = 4;
/** Sequences computed together, guided ones and candidates included. */
const batch = 512;

/** How a model is shown. */
interface Showing {
  readonly guidanceScale: number;
  readonly temperature: number;
  readonly bestOf: number;
}

/**
 * Clothes are varied and hang together at once. Of thousands of emoji each is known by heart, but four tokens drawn in parallel seldom
 * belong to one of them: many candidates at a low temperature.
 */
function showingOf(name: string): Showing {
  return name === 'emoji-var'
    ? { guidanceScale: 1, temperature: 0.5, bestOf: 64 }
    : { guidanceScale: 2, temperature: 1, bestOf: 1 };
}

/** Pictures computed together. */
function batchOf({ guidanceScale, bestOf }: Showing): number {
  return Math.max(1, Math.floor(batch / bestOf / (guidanceScale === 1 ? 1 : 2)));
}

interface GalleryContext {
  readonly out: string;
  readonly seed: bigint;
  readonly showing: Showing;
  readonly engine: ActiveEngine;
  readonly executor: FusedExecutor | undefined;
  readonly world: World;
  readonly progress: ProgressLine;
}

/**
 * `nextx start`: generates with every shipped model, forecasts a series, and writes one page that shows it all.
 *
 * @param shipped  Which models; a test passes its own. @defaultValue the shipped ones that generate
 */
export async function startFromArguments(
  args: Arguments,
  world: World,
  shipped?: readonly ModelPlace[],
): Promise<void> {
  const started = performance.now();
  const out = requiredText(args, 'out');
  const places = shipped ?? (await generatingModels());
  if (places.length === 0) {
    world.err(
      'no model is shipped with this copy of nextx. Train one:\n' +
        '  nextx train var-tokenizer --data DIR --out my-tokenizer\n' +
        '  nextx train var --data DIR --tokenizer my-tokenizer --out my-model\n' +
        '  nextx generate image --model my-model --out grid.png\n',
    );
    return;
  }
  const engine = await startEngine(args, world);
  const progress = progressLine(world);
  await mkdir(out, { recursive: true });
  const sections: GallerySection[] = [];
  try {
    for (const { name, folder } of places) {
      const model = await loadImageModel(folderFiles(folder));
      let executor: FusedExecutor | undefined;
      try {
        const wanted = { name: 'auto', ...threadsOption(args) } as const;
        const showing = showingOf(name);
        const { guidanceScale, bestOf } = showing;
        const atOnce = { items: batchOf(showing) * bestOf, isGuided: guidanceScale !== 1 };
        executor = await startExecutor(model, wanted, { engine, world, batch: atOnce });
        const seed = seedOption(args) ?? 1n;
        const context = { out, seed, showing, engine, executor, world, progress };
        sections.push(await showModel(name, model, context));
      } finally {
        executor?.dispose();
        model.dispose();
      }
    }
    world.err('a forecast of the CO2 over Mauna Loa\n');
    sections.push(await showForecast(out, world));
  } finally {
    progress.end();
  }
  const page = join(out, 'index.html');
  const made = { engine: `${engine.name} ${engine.version}`, sections };
  await writeFileAtomic(page, new TextEncoder().encode(galleryHtml(made)));
  world.err(`done in ${formatSeconds((performance.now() - started) / 1000)}\n`);
  const files = [
    ...sections.flatMap(({ sheets }) => sheets.map(({ file }) => join(out, file))),
    page,
  ];
  if (isOn(args, 'json')) world.out(`${JSON.stringify({ event: 'done', files })}\n`);
  else for (const file of files) world.out(`${resolve(file)}\n`);
}

async function generatingModels(): Promise<ModelPlace[]> {
  const found: ModelPlace[] = [];
  for (const place of await shippedModels()) {
    if (Object.hasOwn(imageRecipes, await readModelRecipe(place.folder))) found.push(place);
  }
  return found;
}

async function showModel(
  name: string,
  model: ImageModel,
  context: GalleryContext,
): Promise<GallerySection> {
  const started = performance.now();
  const { labels } = model;
  const classes = await writeSheet(model, context, {
    file: `${name}.png`,
    title: name,
    labels: Array.from({ length: labels.length * rows }, (_, item) => labels[item % labels.length]),
    columns: labels.length,
  });
  const seconds = (performance.now() - started) / 1000;
  const pictures = labels.length * rows;
  const rate = (pictures / seconds).toPrecision(2);
  const sheets: GallerySheet[] = [
    { file: classes.file, caption: `Columns: ${labels.join(', ')}.`, isPixelated: true },
  ];
  if (model.recipe.name === 'var') sheets.push(await showEdit(name, model, context));
  return {
    name,
    facts: `${model.recipe.name}; ${pictures} pictures in ${seconds.toFixed(1)} s (${rate} a second)`,
    sheets,
    command:
      `nextx generate image --model ${name} --count ${pictures} --seed ${context.seed} ` +
      `${showingWords(context.showing)} --out ${name}.png`,
  };
}

function showingWords({ guidanceScale, temperature, bestOf }: Showing): string {
  return [
    `--guidance ${guidanceScale}`,
    ...(temperature === 1 ? [] : [`--temperature ${temperature}`]),
    ...(bestOf === 1 ? [] : [`--best-of ${bestOf}`]),
  ].join(' ');
}

/** The lower half of a generated picture, made anew as each class. */
async function showEdit(
  name: string,
  model: ImageModel,
  context: GalleryContext,
): Promise<GallerySheet> {
  const { labels } = model;
  const { pictures } = await generatePictures(model, {
    labels: [labels[0]],
    seed: context.seed,
    batch: 1,
    settings: { ...context.showing, ...(context.executor && { executor: context.executor }) },
    signal: context.world.signal,
    progress: context.progress,
    title: `${name}, a picture to change`,
  });
  const { width, height, channels, data } = pictures[0].image;
  const half = Uint8Array.from({ length: width * height }, (_, index) =>
    index < (width * height) / 2 ? 0 : 255,
  );
  const edit: EditInput = {
    image: { width, height, channels, data },
    mask: { width, height, channels: 1, data: half },
  };
  const { file } = await writeSheet(model, context, {
    file: `${name}-edit.png`,
    title: `${name}, lower half made anew`,
    labels,
    columns: labels.length,
    edit,
  });
  return {
    file,
    caption: `One ${labels[0]}, its upper half kept, its lower half made anew as each class.`,
    isPixelated: true,
  };
}

interface Sheet {
  readonly file: string;
  readonly title: string;
  readonly labels: readonly string[];
  readonly columns: number;
  readonly edit?: EditInput;
}

async function writeSheet(
  model: ImageModel,
  { out, seed, showing, engine, executor, world, progress }: GalleryContext,
  { file, title, labels, columns, edit }: Sheet,
): Promise<{ file: string }> {
  const { pictures, calls } = await generatePictures(model, {
    labels,
    seed,
    batch: batchOf(showing),
    settings: { ...showing, ...edit, ...(executor && { executor }) },
    signal: world.signal,
    progress,
    title,
  });
  const grid = { columns, gap: 2, scale: defaultScale(pictures[0].image.width) };
  const used = executorRecord(executor);
  const shared = {
    engine,
    ...(used && { executor: used }),
    calls,
    bestOf: showing.bestOf,
    grid,
    ...(edit && { edit: editRecord(edit) }),
  };
  await writeFileAtomic(join(out, file), gridPng(pictures, shared, true));
  return { file };
}
