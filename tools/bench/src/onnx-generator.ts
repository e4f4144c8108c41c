import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openSafetensors } from '@nextx/core';
import { openFile } from '@nextx/core/node';
import { tokensPerImage } from './bench-network.ts';
import type { ContestantJob } from './contestant-job.ts';
import type { Generation } from './generate-once.ts';
import { cacheNames, cacheShape, onnxDecoder } from './onnx-decoder.ts';
import { onnxModel } from './onnx-model.ts';
import type { OnnxSession, OnnxTensor, Onnxruntime } from './onnxruntime.ts';

/** What of a job says what is drawn, and how. */
export type OnnxJob = Pick<ContestantJob, 'network' | 'batch' | 'threads' | 'officialWeights'>;

/**
 * Writes the ONNX model of a raster network beside its weights, loads it, and gives the function that draws pictures of
 * the classes 0, 1, ... as `generateOnce` does. Keys and values stay in memory that is allocated once: every run has it as
 * past and as present.
 */
export async function onnxGenerator(
  runtime: Onnxruntime,
  job: OnnxJob,
): Promise<() => Promise<Generation>> {
  const session = await runtime.InferenceSession.create(await writeModel(job), {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: job.threads,
    // Packed matrices are made for many rows: one row is multiplied faster without.
    extra: { session: { disable_prepacking: '1' } },
  });
  const caches = zeroCaches(runtime, job);
  return async () => {
    const begin = performance.now();
    const tokens = await drawTokens({ runtime, session, caches }, job);
    return { tokensSeconds: (performance.now() - begin) / 1000, tokens };
  };
}

async function writeModel({ network, batch, officialWeights }: OnnxJob): Promise<string> {
  const weights = await openSafetensors(await openFile(officialWeights));
  await weights.close();
  const { tensors } = weights;
  const graph = onnxDecoder(network, batch, { file: basename(officialWeights), tensors });
  const file = join(dirname(officialWeights), 'decoder.onnx');
  await writeFile(file, onnxModel(graph));
  return file;
}

interface LoadedModel {
  readonly runtime: Onnxruntime;
  readonly session: OnnxSession;
  readonly caches: Caches;
}

interface Caches {
  readonly past: Readonly<Record<string, OnnxTensor>>;
  readonly present: Readonly<Record<string, OnnxTensor>>;
}

/** One tensor under both names of each cache. */
function zeroCaches({ Tensor }: Onnxruntime, { network, batch }: OnnxJob): Caches {
  const shape = cacheShape(network, rowsOf({ network, batch }));
  const size = shape.reduce((product, length) => product * length, 1);
  const caches = cacheNames(network).map((names) => ({
    ...names,
    tensor: new Tensor('float32', new Float32Array(size), shape),
  }));
  return {
    past: Object.fromEntries(caches.map(({ past, tensor }) => [past, tensor])),
    present: Object.fromEntries(caches.map(({ present, tensor }) => [present, tensor])),
  };
}

/** @returns `[batch, N]`, row-major. */
async function drawTokens(
  { runtime: { Tensor }, session, caches }: LoadedModel,
  { network, batch }: OnnxJob,
): Promise<number[]> {
  const length = tokensPerImage(network);
  const rows = rowsOf({ network, batch });
  const firstToken = network.classes + 1;
  const drawn = new Int32Array(batch * length);
  const ids = BigInt64Array.from({ length: rows }, (_, row) =>
    BigInt(row < batch ? row % network.classes : network.classes),
  );
  const last = new Int32Array(rows);
  const total = new Int32Array(1);
  const next = new BigInt64Array(batch);
  const inputs = {
    ...caches.past,
    ids: new Tensor('int64', ids, [rows, 1]),
    last: new Tensor('int32', last, [rows]),
    total: new Tensor('int32', total, [1]),
  };
  const outputs = { ...caches.present, next: new Tensor('int64', next, [batch, 1]) };
  for (let position = 0; position < length; position++) {
    last.fill(position);
    total[0] = position + 1;
    await session.run(inputs, outputs);
    for (let row = 0; row < rows; row++) ids[row] = next[row % batch] + BigInt(firstToken);
    for (let item = 0; item < batch; item++) drawn[item * length + position] = Number(next[item]);
  }
  return [...drawn];
}

function rowsOf({ network, batch }: Pick<OnnxJob, 'network' | 'batch'>): number {
  return network.guidanceScale === 1 ? batch : 2 * batch;
}
