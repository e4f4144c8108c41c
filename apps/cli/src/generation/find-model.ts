import { stat } from 'node:fs/promises';
import { ResourceError } from '@nextx/core';
import { shippedModels } from '@nextx/image/node';
import { nearestName } from '../terminal/nearest-name.ts';

/** Where a model is. */
export interface ModelPlace {
  readonly name: string;
  readonly folder: string;
}

/**
 * The model that a person means: a folder, or the name of a shipped one.
 *
 * @throws {ResourceError} NOT_FOUND naming the shipped models.
 */
export async function findModel(wanted: string): Promise<ModelPlace> {
  const isFolder = await stat(wanted).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return { name: wanted, folder: wanted };
  const shipped = await shippedModels();
  const found = shipped.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = shipped.map(({ name }) => name);
  const near = nearestName(wanted, names);
  const known = names.length === 0 ? 'no model is shipped' : `shipped are ${names.join(', ')}`;
  throw new ResourceError(
    `--model: must be the folder of a model or the name of a shipped one (${known}), got "${wanted}". ` +
      (near === undefined ? 'Check the path.' : `Did you mean ${near}?`),
    'NOT_FOUND',
  );
}
