import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Recipe that a model folder's config names; empty where it names none. */
export async function readModelRecipe(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '{}');
  try {
    const config: unknown = JSON.parse(text);
    const isNamed = typeof config === 'object' && config !== null && 'recipe' in config;
    return isNamed && typeof config.recipe === 'string' ? config.recipe : '';
  } catch {
    return '';
  }
}
