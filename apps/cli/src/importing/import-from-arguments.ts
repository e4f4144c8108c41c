import { basename } from 'node:path';
import { openPyTorch, openSafetensors } from '@nextx/core';
import { openFile } from '@nextx/core/node';
import { activateEngine } from '../engines/engine.ts';
import type { Arguments } from '../terminal/command.ts';
import { choiceOf, isOn, requiredText, textOption } from '../terminal/option-values.ts';
import { progressLine } from '../terminal/progress.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { World } from '../terminal/world.ts';
import { importOfficial, type OpenCheckpoint } from './import-official.ts';
import { officialModels } from './official-models.ts';

/** `nextx import`, after its words are checked. */
export async function importFromArguments(args: Arguments, world: World): Promise<void> {
  const file = requiredText(args, 'file');
  const name = choiceOf('--as', requiredText(args, 'as'), Object.keys(officialModels));
  const out = requiredText(args, 'out');
  const official = officialModels[name];
  const tokenizerFile = textOption(args, 'tokenizer');
  if (official.model !== undefined && tokenizerFile === undefined) {
    throw new UsageError(`--tokenizer is missing: ${name} is published apart from its tokenizer.`);
  }
  if (official.model === undefined && tokenizerFile !== undefined) {
    throw new UsageError(`--tokenizer does not go with ${name}, which is one itself.`);
  }
  await activateEngine('cpu');
  const progress = progressLine(world);
  const opened: Opened[] = [];
  const open = async (path: string): Promise<Opened> => {
    const checkpoint = await openCheckpoint(path);
    opened.push(checkpoint);
    return checkpoint;
  };
  try {
    const first = await open(file);
    const tokenizer = tokenizerFile === undefined ? first : await open(tokenizerFile);
    const { checksum, weights, ignored } = await importOfficial({
      official,
      ...(official.model !== undefined && { model: first }),
      tokenizer,
      out,
      card: cardOf(name, [file, ...(tokenizerFile === undefined ? [] : [tokenizerFile])]),
      onProgress: (done, total) => {
        world.signal.throwIfAborted();
        progress.report({ label: 'importing', done, total, unit: 'tensors' });
      },
    });
    progress.end();
    if (ignored.length > 0) {
      const more = ignored.length > 10 ? ', ...' : '';
      world.err(
        `${ignored.length} tensors are no weights of the model: ${ignored.slice(0, 10).join(', ')}${more}\n`,
      );
    }
    world.err(`${weights} tensors, stored in 16 bits\n`);
    const done = { event: 'done', out, checksum, weights, ignored };
    world.out(isOn(args, 'json') ? `${JSON.stringify(done)}\n` : `${out}\n`);
  } finally {
    progress.end();
    for (const { close } of opened) await close();
  }
}

interface Opened extends OpenCheckpoint {
  readonly close: () => Promise<void>;
}

async function openCheckpoint(file: string): Promise<Opened> {
  const source = await openFile(file);
  try {
    const isSafetensors = file.toLowerCase().endsWith('.safetensors');
    const reader = await (isSafetensors ? openSafetensors(source) : openPyTorch(source));
    return { file, reader, close: () => reader.close() };
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

function cardOf(name: string, files: readonly string[]): string {
  return `# ${name}

Imported from the official checkpoint: ${files.map((file) => `\`${basename(file)}\``).join(' and ')}. Weights are stored in 16 bits.

\`\`\`sh
nextx import ${basename(files[0])} --as ${name} ${files.length > 1 ? `--tokenizer ${basename(files[1])} ` : ''}--out ${name}
\`\`\`

Not measured here. The licence is that of the checkpoint: see where it was published.
`;
}
