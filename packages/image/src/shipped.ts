import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ResourceError } from '@nextx/core';
import { folderFiles } from '@nextx/core/node';
import { loadImageModel } from './image-model.ts';
import type { ImageModel } from './image-model.ts';

/** A model folder that ships with this package. */
export interface ShippedModel {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
}

/** The model folders that ship with this package, by name. */
export async function shippedModels(): Promise<ShippedModel[]> {
  const root = fileURLToPath(new URL('../models', import.meta.url));
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, folder: join(root, name) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * Loads a model that ships with this package.
 *
 * @throws {ResourceError} NOT_FOUND naming the models that exist.
 */
export async function loadShipped(name: string): Promise<ImageModel> {
  const models = await shippedModels();
  const found = models.find((model) => model.name === name);
  if (found === undefined) {
    throw new ResourceError(
      `loadShipped: name must be one of ${models.map((model) => model.name).join(', ') || 'no models'}, got "${name}". List them with shippedModels().`,
      'NOT_FOUND',
    );
  }
  return loadImageModel(folderFiles(found.folder));
}
