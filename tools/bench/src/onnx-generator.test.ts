import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activateEngine } from '@nextx/cli/engines';
import { disposeParams } from '@nextx/core';
import { afterAll, describe, expect, it } from 'vitest';
import { tokensPerImage } from './bench-network.ts';
import type { BenchNetwork } from './bench-network.ts';
import { officialWeights } from './contestant-job.ts';
import { generateOnce } from './generate-once.ts';
import { bindNetwork } from './network-model.ts';
import { onnxGenerator } from './onnx-generator.ts';
import { findOnnxruntime, loadOnnxruntime } from './onnxruntime.ts';
import { readWeights, writeWeights } from './weights-files.ts';

const network: BenchNetwork = {
  name: 'llamagen 2 x 32',
  recipe: 'llamagen',
  depth: 2,
  width: 32,
  // The runtime turns heads of a multiple of 16 only.
  heads: 2,
  classes: 3,
  vocabularySize: 64,
  sides: [4],
  tokenizerChannels: 8,
  multipliers: [1, 2],
  sharedConvolutions: 4,
  guidanceScale: 1,
};
const batch = 2;
const runtimeFile = findOnnxruntime(process.cwd());
const folder = mkdtempSync(join(tmpdir(), 'nextx-bench-onnx-test-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What nextx draws from weights that it leaves in the folder. */
async function ownTokens(of: BenchNetwork): Promise<number[]> {
  await activateEngine('cpu');
  await writeWeights(of, folder);
  const params = await readWeights(folder);
  try {
    return (await generateOnce(of, bindNetwork(of, params), { batch, hasPixels: false })).tokens;
  } finally {
    disposeParams(params);
  }
}

async function onnxTokens(of: BenchNetwork, file: string): Promise<number[][]> {
  const job = { network: of, batch, threads: 1, officialWeights: officialWeights(folder) };
  const generate = await onnxGenerator(await loadOnnxruntime(file), job);
  return [(await generate()).tokens, (await generate()).tokens];
}

describe('onnxGenerator (needs onnxruntime-node)', () => {
  it.skipIf(runtimeFile === undefined).each([
    ['without guidance', 1],
    ['with guidance', 2],
  ])('draws the tokens of nextx %s, and again from a used cache', async (_, guidanceScale) => {
    const guided = { ...network, guidanceScale };
    const tokens = await ownTokens(guided);

    expect(tokens).toHaveLength(batch * tokensPerImage(network));
    expect(new Set(tokens).size).toBeGreaterThan(2);
    expect(await onnxTokens(guided, runtimeFile ?? '')).toEqual([tokens, tokens]);
  });
});
