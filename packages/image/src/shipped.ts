import { fileURLToPath } from 'node:url';
import { ResourceError } from '@nextx/core';
import { folderFiles, modelFolders } from '@nextx/core/node';
import type { NamedModelFolder } from '@nextx/core/node';
import { loadImageModel } from './image-model.ts';
import type { ImageModel } from './image-model.ts';

/** The model folders that ship with this package, by name. */
export async function shippedModels(): Promise<NamedModelFolder[]> {
  return modelFolders(fileURLToPath(new URL('../models', import.meta.url)));
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
