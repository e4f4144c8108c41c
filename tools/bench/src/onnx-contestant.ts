import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { ContestantJob, GenerationAnswer, ReadyAnswer } from './contestant-job.ts';
import { onnxGenerator } from './onnx-generator.ts';
import { loadOnnxruntime } from './onnxruntime.ts';
import { peakMegabytes } from './peak-megabytes.ts';

/** The process that runs ONNX Runtime, found at the first argument: loads, then generates once for every line it reads. */
const [, , runtimeFile = '', jobFile = ''] = process.argv;
const job = JSON.parse(await readFile(jobFile, 'utf8')) as ContestantJob; // written by child-contestant.ts
const runtime = await loadOnnxruntime(runtimeFile);
const generate = await onnxGenerator(runtime, job);
answer({ ready: true, version: runtime.env.versions.node ?? 'of unknown version' });
for await (const _ of createInterface({ input: process.stdin })) {
  answer({ ...(await generate()), peakMegabytes: peakMegabytes() });
}

function answer(value: ReadyAnswer | GenerationAnswer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
