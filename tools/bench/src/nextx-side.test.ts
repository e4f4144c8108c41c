import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { activateEngine } from '@nextx/cli/engines';
import { disposeParams } from '@nextx/core';
import { cpuExecutor } from '@nextx/core/cpu';
import type { WeightFormat } from '@nextx/core/cpu';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { BenchNetwork } from './bench-network.ts';
import { tokensPerImage } from './bench-network.ts';
import { officialWeights } from './contestant-job.ts';
import type { GenerationAnswer } from './contestant-job.ts';
import { generateOnce } from './generate-once.ts';
import type { Generation } from './generate-once.ts';
import { bindNetwork } from './network-model.ts';
import { equalShare } from './statistics.ts';
import { readWeights, writeWeights } from './weights-files.ts';

const tiny = {
  depth: 2,
  width: 32,
  heads: 4,
  classes: 3,
  vocabularySize: 64,
  sides: [1, 2, 3, 4],
  tokenizerChannels: 8,
  multipliers: [1, 2],
  sharedConvolutions: 4,
  guidanceScale: 2,
} as const;
const networks: BenchNetwork[] = [
  { ...tiny, name: 'var 2 x 32', recipe: 'var' },
  { ...tiny, name: 'llamagen 2 x 32', recipe: 'llamagen' },
  { ...tiny, name: 'llamagen 2 x 32 without guidance', recipe: 'llamagen', guidanceScale: 1 },
];
const latents: BenchNetwork = {
  ...tiny,
  name: 'latents 2 x 32',
  recipe: 'flow',
  flowWidth: 32,
  guidanceScale: 1,
};
const folder = mkdtempSync(join(tmpdir(), 'nextx-bench-test-'));
const python = process.env['NEXTX_PYTHON'] ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Draws weights, reads them back, and generates two pictures on the engine. */
async function generated(
  network: BenchNetwork,
  engine: 'cpu' | 'wasm',
  format?: WeightFormat,
  hasPixels = true,
): Promise<Generation> {
  await activateEngine(engine);
  await writeWeights(network, folder);
  const params = await readWeights(folder);
  try {
    const bound = bindNetwork(network, params);
    if (format === undefined) return await generateOnce(network, bound, { batch: 2, hasPixels });
    const executor = await cpuExecutor(bound.model, { format });
    try {
      return await generateOnce(network, bound, { batch: 2, hasPixels, executor });
    } finally {
      executor.dispose();
    }
  } finally {
    disposeParams(params);
  }
}

/** What the PyTorch peer draws from the weights in the folder. */
async function peerAnswer(network: BenchNetwork, hasPixels: boolean): Promise<GenerationAnswer> {
  const job = join(folder, 'job.json');
  const settings = {
    network,
    batch: 2,
    hasPixels,
    threads: 1,
    decoder: { executor: 'torch', device: 'cpu', format: 'f32', mode: 'eager' },
    officialWeights: officialWeights(folder),
  };
  await writeFile(job, JSON.stringify(settings));
  const script = fileURLToPath(new URL(`../peers/${network.recipe}_eager.py`, import.meta.url));
  const lines = execFileSync(python, ['-B', script, job], { input: 'run\n', encoding: 'utf8' });
  return JSON.parse(lines.trim().split('\n')[1]) as GenerationAnswer; // the second line
}

describe.each(networks)('$name', (network) => {
  it('draws all tokens of two pictures and frees what it used', async () => {
    await activateEngine('cpu');
    const before = memory().numTensors;

    const { tokens, tokensSeconds, pixelsSeconds } = await generated(network, 'cpu');

    expect(tokens).toHaveLength(2 * tokensPerImage(network));
    expect(new Set(tokens).size).toBeGreaterThan(2);
    expect(Math.min(tokensSeconds, pixelsSeconds ?? 0)).toBeGreaterThan(0);
    expect(memory().numTensors).toBe(before);
  });

  it('draws the same tokens on wasm, and by the cpu executor, as on plain JS', async () => {
    const { tokens } = await generated(network, 'cpu');

    expect((await generated(network, 'wasm')).tokens).toEqual(tokens);
    expect((await generated(network, 'wasm', 'f32')).tokens).toEqual(tokens);
  });

  it.skipIf(!hasTorch)('draws the same tokens and pixels in PyTorch (needs torch)', async () => {
    const { tokens, meanPixel } = await generated(network, 'cpu');
    const answer = await peerAnswer(network, true);
    expect(answer.tokens).toEqual(tokens);
    expect(answer.meanPixel).toBeCloseTo(meanPixel ?? NaN, 5);
    expect(answer.peakMegabytes).toBeGreaterThan(1);
  });
});

describe('latents with a flow head', () => {
  it('are drawn alike by the cpu executor, and in PyTorch where it is there', async () => {
    const { tokens } = await generated(latents, 'cpu', undefined, false);

    expect(tokens).toHaveLength(2 * 16 * 16);
    expect(equalShare((await generated(latents, 'wasm', 'f32', false)).tokens, tokens)).toBe(1);
    if (!hasTorch) return;
    expect(equalShare((await peerAnswer(latents, false)).tokens, tokens)).toBe(1);
  });
});
