import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NextxError, openModel, sizeOfShape } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { shippedModels } from '@nextx/image/node';
import type { ModelPlace } from '../generation/find-model.ts';
import type { Arguments } from '../terminal/command.ts';
import { isOn, textOption } from '../terminal/option-values.ts';
import type { World } from '../terminal/world.ts';

/** What the list says of a model. */
interface ModelSummary {
  readonly name: string;
  readonly folder: string;
  readonly isShipped: boolean;
  readonly recipe: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly classes: readonly string[];
  readonly checksum: string;
}

/** A folder that looks like a model and is none. */
interface BadModel {
  readonly name: string;
  readonly folder: string;
  readonly problem: string;
}

/** `nextx models` */
export async function listModels(args: Arguments, world: World): Promise<void> {
  const folder = textOption(args, 'folder');
  const shipped = (await shippedModels()).map((place) => ({ ...place, isShipped: true }));
  const found = folder === undefined ? [] : await modelFolders(folder);
  const models: (ModelSummary | BadModel)[] = [];
  for (const place of [...shipped, ...found]) models.push(await summarize(place));
  if (isOn(args, 'json')) {
    for (const model of models) world.out(`${JSON.stringify({ event: 'model', ...model })}\n`);
    return;
  }
  if (models.length === 0) {
    world.err('no model is shipped, and none was found. Train one: nextx train --help\n');
    return;
  }
  for (const model of models) world.out(`${describe(model)}\n`);
}

async function modelFolders(
  folder: string,
): Promise<(ModelPlace & { readonly isShipped: boolean })[]> {
  const names = ['.', ...(await readdir(folder).catch(() => []))];
  const places: (ModelPlace & { readonly isShipped: boolean })[] = [];
  for (const name of names.sort()) {
    const place = join(folder, name);
    const hasConfig = await stat(join(place, 'config.json')).then(
      (file) => file.isFile(),
      () => false,
    );
    if (hasConfig) places.push({ name: place, folder: place, isShipped: false });
  }
  return places;
}

async function summarize({
  name,
  folder,
  isShipped,
}: ModelPlace & { readonly isShipped: boolean }): Promise<ModelSummary | BadModel> {
  try {
    const { config, weights, checksum } = await openModel(folderFiles(folder));
    await weights.close();
    const tensors = [...weights.tensors.values()];
    return {
      name,
      folder,
      isShipped,
      recipe: config.recipe,
      parameters: tensors.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0),
      bytes: tensors.reduce((sum, { begin, end }) => sum + end - begin, 0),
      classes: config.labels ?? [],
      checksum,
    };
  } catch (error) {
    if (!(error instanceof NextxError)) throw error;
    return { name, folder, problem: error.message };
  }
}

function describe(model: ModelSummary | BadModel): string {
  if ('problem' in model) return `${model.name}: cannot be used: ${model.problem}`;
  const { name, recipe, parameters, bytes, classes, isShipped } = model;
  const size = `${(parameters / 1e6).toFixed(2)} M parameters, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const known = classes.length === 0 ? '' : `\n  classes: ${classes.join(', ')}`;
  return `${name}  ${recipe}, ${size}${isShipped ? ', shipped' : ''}${known}`;
}
