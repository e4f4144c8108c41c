import { officialCheckpoints } from '@nextx/image';
import { importOfficialModel } from '@nextx/image/node';
import type { Arguments } from '../terminal/command.ts';
import { choiceOf, isOn, requiredText, textOption } from '../terminal/option-values.ts';
import { progressLine } from '../terminal/progress.ts';
import { UsageError } from '../terminal/usage-error.ts';
import type { World } from '../terminal/world.ts';

/** `nextx import`, after its words are checked. */
export async function importFromArguments(args: Arguments, world: World): Promise<void> {
  const model = requiredText(args, 'file');
  const name = choiceOf('--as', requiredText(args, 'as'), Object.keys(officialCheckpoints));
  const out = requiredText(args, 'out');
  const tokenizer = textOption(args, 'tokenizer');
  const isTokenizer = officialCheckpoints[name].model === undefined;
  if (!isTokenizer && tokenizer === undefined) {
    throw new UsageError(`--tokenizer is missing: ${name} is published apart from its tokenizer.`);
  }
  if (isTokenizer && tokenizer !== undefined) {
    throw new UsageError(`--tokenizer does not go with ${name}, which is one itself.`);
  }
  const progress = progressLine(world);
  try {
    const report = await importOfficialModel({
      as: name,
      files: { model, ...(tokenizer !== undefined && { tokenizer }) },
      out,
      signal: world.signal,
      onProgress: ({ done, total }) =>
        progress.report({ label: 'importing', done, total, unit: 'tensors' }),
    });
    progress.end();
    world.err(`${report.tensors} tensors, ${report.parameters} weights\n`);
    const done = { event: 'done', out, ...report };
    world.out(isOn(args, 'json') ? `${JSON.stringify(done)}\n` : `${out}\n`);
  } finally {
    progress.end();
  }
}
