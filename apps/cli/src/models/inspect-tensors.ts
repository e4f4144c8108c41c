import { stat } from 'node:fs/promises';
import { checkFinite, openModel, openPyTorch, openSafetensors, sizeOfShape } from '@nextx/core';
import type { TensorReader } from '@nextx/core';
import { folderFiles, openFile } from '@nextx/core/node';
import type { Arguments } from '../terminal/command.ts';
import { isOn, requiredText } from '../terminal/option-values.ts';
import type { World } from '../terminal/world.ts';

/** `nextx inspect` */
export async function inspectTensors(args: Arguments, world: World): Promise<void> {
  const file = requiredText(args, 'file');
  const { reader, close } = await openReader(file);
  try {
    const isJson = isOn(args, 'json');
    let values = 0;
    for (const [name, { dtype, shape }] of reader.tensors) {
      values += sizeOfShape(shape);
      world.out(
        isJson
          ? `${JSON.stringify({ event: 'tensor', name, dtype, shape })}\n`
          : `${name}  ${dtype} [${shape.join(', ')}]\n`,
      );
    }
    world.err(`${reader.tensors.size} tensors, ${values.toLocaleString('en')} values\n`);
    if (isOn(args, 'check')) {
      await checkFinite(file, reader);
      world.err('all values are finite\n');
    }
  } finally {
    await close();
  }
}

async function openReader(
  path: string,
): Promise<{ readonly reader: TensorReader; readonly close: () => Promise<void> }> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) {
    const { weights } = await openModel(folderFiles(path));
    return { reader: weights, close: () => weights.close() };
  }
  const source = await openFile(path);
  const close = async () => source.close?.();
  try {
    const isSafetensors = path.toLowerCase().endsWith('.safetensors');
    return {
      reader: isSafetensors ? await openSafetensors(source) : await openPyTorch(source),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
