import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@nextx/core/node';

const begin = '<!-- evaluation -->';
const end = '<!-- /evaluation -->';

/**
 * Puts measured tables into a model's card, where others stood before or at its end.
 *
 * @param folder  Of the model.
 * @param text  Markdown.
 */
export async function writeIntoCard(folder: string, text: string): Promise<void> {
  const file = join(folder, 'README.md');
  const card = await readFile(file, 'utf8');
  const part = `${begin}\n\n${text.trimEnd()}\n\n${end}\n`;
  const from = card.indexOf(begin);
  const to = card.indexOf(end);
  const whole =
    from === -1 || to < from
      ? `${card.trimEnd()}\n\n${part}`
      : `${card.slice(0, from)}${part}${card.slice(to + end.length + 1)}`;
  await writeFileAtomic(file, new TextEncoder().encode(whole));
}
