import { fileURLToPath } from 'node:url';
import { modelFolders } from '@nextx/core/node';
import type { NamedModelFolder } from '@nextx/core/node';

/** The model folders that ship with this package, by name. */
export async function shippedForecastModels(): Promise<NamedModelFolder[]> {
  return modelFolders(fileURLToPath(new URL('../../models', import.meta.url)));
}
