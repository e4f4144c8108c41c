import { activateEngine } from '@nextx/cli/engines';
import { folderFiles } from '@nextx/core/node';
import { loadImageModel } from '@nextx/image';
import { importOfficialModel } from '@nextx/image/node';
import type { CheckResult, StageResult } from './check-result.ts';
import { peakMegabytes } from './peak-megabytes.ts';

/** What the import stage tells. */
export type ImportStage = Pick<CheckResult, 'importing' | 'tensors' | 'parameters'>;

/** Imports official files into `out`, in this process. */
export async function runImport(
  as: string,
  files: { readonly model: string; readonly tokenizer: string },
  out: string,
): Promise<ImportStage> {
  const start = performance.now();
  const { tensors, parameters } = await importOfficialModel({ as, files, out });
  return { importing: since(start), tensors, parameters };
}

/** What the generate stage tells. */
export type GenerateStage = Pick<CheckResult, 'loading' | 'generating' | 'engine'>;

/** Loads the folder and generates one guided picture, in this process. */
export async function runGenerate(folder: string): Promise<GenerateStage> {
  const engine = await activateEngine('auto');
  const start = performance.now();
  const model = await loadImageModel(folderFiles(folder));
  const loading = since(start);
  const begin = performance.now();
  let steps = 0;
  let size = 0;
  for await (const event of model.generate({
    labels: [207],
    seed: 1,
    guidanceScale: 2.5,
    topK: 900,
  })) {
    if (event.kind === 'step') steps = event.steps;
    else size = event.images[0].data.length;
  }
  if (size === 0) throw new Error('generation ended without a picture');
  const generating = { ...since(begin), steps };
  model.dispose();
  return { loading, generating, engine: `${engine.name} ${engine.version}` };
}

function since(start: number): StageResult {
  return { seconds: (performance.now() - start) / 1000, peakMegabytes: peakMegabytes() };
}
