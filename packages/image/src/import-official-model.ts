import { openPyTorch, openSafetensors } from '@nextx/core';
import type { TensorReader } from '@nextx/core';
import { openFile, saveModel } from '@nextx/core/node';
import { basename } from 'node:path';
import { importOfficial } from './import-official.ts';
import type { OfficialSources } from './import-official.ts';
import { officialCheckpoints } from './official-checkpoints.ts';

/** What to import, and where to. */
export interface ImportOfficialOptions {
  /** A key of `officialCheckpoints`. */
  readonly as: string;
  /** Paths of `.pth`, `.pt` or `.safetensors` files. A tokenizer alone may stand in either place. */
  readonly files: { readonly model?: string; readonly tokenizer?: string };
  /** Folder of the model that is made. */
  readonly out: string;
  /** Told after each tensor. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** What was imported. */
export interface ImportReport {
  readonly tensors: number;
  /** Values of all tensors. */
  readonly parameters: number;
  /** SHA-256 of the weights in hex. */
  readonly checksum: string;
}

/**
 * Makes a model folder of official files. One tensor at a time is in memory; the folder appears whole or not at all.
 *
 * @throws as `importOfficial`, `openFile` and `saveModel`; the signal's reason once it is aborted.
 */
export async function importOfficialModel(options: ImportOfficialOptions): Promise<ImportReport> {
  const { as, files, out, onProgress, signal } = options;
  const opened: OpenOfficial[] = [];
  const open = async (path: string): Promise<TensorReader> => {
    const file = await openOfficial(path);
    opened.push(file);
    return file;
  };
  try {
    const { config, tensors } = await importOfficial({
      as,
      sources: await openAll(as, files, open),
    });
    const total = tensors.tensors.size;
    let done = 0;
    const reader: TensorReader = {
      tensors: tensors.tensors,
      read: async (name) => {
        signal?.throwIfAborted();
        const tensor = await tensors.read(name);
        done += 1;
        onProgress?.({ done, total });
        return tensor;
      },
    };
    const checksum = await saveModel(out, { config, tensors: reader, card: cardOf(options) });
    return { tensors: total, parameters: countOf(tensors), checksum };
  } finally {
    for (const file of opened) await file.close();
  }
}

type OpenOfficial = TensorReader & { close(): Promise<void> };

/** Formats are told apart by their first bytes: a zip is PyTorch's, a JSON header that of safetensors. */
async function openOfficial(path: string): Promise<OpenOfficial> {
  const source = await openFile(path);
  try {
    const head = await source.read(0, Math.min(9, source.size));
    const isSafetensors = head.byteLength === 9 && head[8] === '{'.charCodeAt(0);
    return await (isSafetensors ? openSafetensors(source) : openPyTorch(source));
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

async function openAll(
  as: string,
  { model, tokenizer }: ImportOfficialOptions['files'],
  open: (path: string) => Promise<TensorReader>,
): Promise<OfficialSources> {
  const isTokenizerAlone =
    officialCheckpoints[as] !== undefined && officialCheckpoints[as].model === undefined;
  const tokenizerPath = tokenizer ?? (isTokenizerAlone ? model : undefined);
  return {
    ...(model !== undefined && !isTokenizerAlone && { model: await open(model) }),
    ...(tokenizerPath !== undefined && { tokenizer: await open(tokenizerPath) }),
  };
}

function countOf({ tensors }: TensorReader): number {
  let count = 0;
  for (const { shape } of tensors.values()) count += shape.reduce((size, axis) => size * axis, 1);
  return count;
}

function cardOf({ as, files }: ImportOfficialOptions): string {
  const names = [files.model, files.tokenizer]
    .filter((path) => path !== undefined)
    .map((path) => `\`${basename(path)}\``);
  const command = [files.model, files.tokenizer]
    .filter((path) => path !== undefined)
    .map((path, index) => (index === 0 ? basename(path) : `--tokenizer ${basename(path)}`))
    .join(' ');
  return [
    `# ${as}`,
    '',
    `Imported by nextx from ${names.join(' and ')}. The weights keep the licence of those files.`,
    '',
    `Command: \`nextx import ${command} --as ${as} --out DIR\``,
    '',
  ].join('\n');
}
