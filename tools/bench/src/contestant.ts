import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { activateEngine, nativeRows } from '@nextx/cli/engines';
import type { EngineName } from '@nextx/cli/engines';
import { cpuExecutor } from '@nextx/core/cpu';
import { enableRelaxedSimd } from '@nextx/core/node';
import type { ContestantJob, GenerationAnswer, ReadyAnswer } from './contestant-job.ts';
import { generateOnce } from './generate-once.ts';
import { bindNetwork } from './network-model.ts';
import { peakMegabytes } from './peak-megabytes.ts';
import { readWeights } from './weights-files.ts';

/** The process that runs nextx on one engine: loads, then generates once for every line it reads. */
const [, , jobFile = ''] = process.argv;
const job = JSON.parse(await readFile(jobFile, 'utf8')) as ContestantJob; // written by child-contestant.ts
const { version } = await activateEngine(job.engine as EngineName, {
  threads: job.threads,
  // The peer is tfjs as it is.
  isAccelerated: job.format !== undefined,
});
const model = bindNetwork(job.network, await readWeights(job.weights));
enableRelaxedSimd();
const { format, threads } = job;
const executor =
  format === undefined
    ? undefined
    : await cpuExecutor(model.model, {
        format,
        threads,
        // As the command has it.
        ...(job.engine === 'native' && { engineRows: nativeRows }),
      });
answer({ ready: true, version });
for await (const _ of createInterface({ input: process.stdin })) {
  const generation = await generateOnce(job.network, model, {
    batch: job.batch,
    hasPixels: job.hasPixels,
    ...(executor && { executor }),
  });
  answer({ ...generation, peakMegabytes: peakMegabytes() });
}

function answer(value: ReadyAnswer | GenerationAnswer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
