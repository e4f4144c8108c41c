import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { activateEngine, nativeRows } from '@nextx/cli/engines';
import type { EngineName } from '@nextx/cli/engines';
import type { Executor } from '@nextx/core';
import { cpuExecutor } from '@nextx/core/cpu';
import { enableRelaxedSimd } from '@nextx/core/node';
import type {
  ContestantDecoder,
  ContestantJob,
  GenerationAnswer,
  GpuProgram,
  ReadyAnswer,
} from './contestant-job.ts';
import { generateOnce } from './generate-once.ts';
import { bindNetwork } from './network-model.ts';
import { peakMegabytes } from './peak-megabytes.ts';
import { openTimedExecutor } from './timed-executor.ts';
import { readWeights } from './weights-files.ts';

/** The process that runs nextx on one engine: loads, then generates once for every line it reads. */
const [, , jobFile = ''] = process.argv;
const job = JSON.parse(await readFile(jobFile, 'utf8')) as ContestantJob; // written by child-contestant.ts
const { decoder, threads } = job;
const engine = await activateEngine(engineName(decoder), {
  threads,
  // The peer is tfjs as it is.
  isAccelerated: decoder.executor !== 'reference',
});
const model = bindNetwork(job.network, await readWeights(job.weights));
enableRelaxedSimd();
const opened = await open(decoder);
answer({ ready: true, version: engine.version, ...(opened?.gpu && { gpu: opened.gpu }) });
for await (const _ of createInterface({ input: process.stdin })) {
  const encodedBefore = opened?.encodeMs?.();
  const generation = await generateOnce(job.network, model, {
    batch: job.batch,
    hasPixels: job.hasPixels,
    ...(opened && { executor: opened.executor }),
  });
  answer({
    ...generation,
    ...(encodedBefore !== undefined && {
      encodeSeconds: ((opened?.encodeMs?.() ?? 0) - encodedBefore) / 1000,
    }),
    peakMegabytes: peakMegabytes(),
  });
}
opened?.close?.();

/** The engine that holds the weights; the webgpu executor opens a device of its own beside it. */
function engineName(of: ContestantDecoder): EngineName {
  if (of.executor === 'torch' || of.executor === 'onnxruntime') {
    throw new Error(`bench: ${of.executor} is a process of its own.`);
  }
  return of.executor === 'webgpu' ? 'wasm' : of.engine;
}

interface Opened {
  readonly executor: Executor;
  readonly gpu?: GpuProgram;
  readonly encodeMs?: () => number;
  readonly close?: () => void;
}

async function open(of: ContestantDecoder): Promise<Opened | undefined> {
  if (of.executor === 'webgpu') return openTimedExecutor(model.model, job, of.format);
  if (of.executor !== 'cpu') return undefined;
  const executor = await cpuExecutor(model.model, {
    format: of.format,
    threads,
    // As the command has it.
    ...(of.engine === 'native' && { engineRows: nativeRows }),
  });
  return { executor };
}

function answer(value: ReadyAnswer | GenerationAnswer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
