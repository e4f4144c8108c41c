import { describe, expect, it } from 'vitest';
import { geluTanh } from '../../layers/activation.ts';
import { nextScale } from '../../plan/next-scale.ts';
import { raster } from '../../plan/raster.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Network } from '../../program/network.ts';
import { generationMemory, generationRegions, generationSizes } from './generation-regions.ts';
import { gpuWeightFormats } from './gpu-weight-format.ts';
import type { MemoryRegion } from './memory-plan.ts';
import { packedBytes } from './pack-matrix.ts';

const [blocks, width, heads, headSize, hidden, vocabularySize] = [12, 768, 12, 64, 3072, 4096];
const [f32, half] = [4, 2];

describe('the memory of a generation', () => {
  it('is that of the formula, region by region: VAR of 12 x 768 over 10 scales, guided', () => {
    const plan = nextScale([1, 2, 3, 4, 5, 6, 8, 10, 13, 16]);
    const network = networkOf({
      modulation: {},
      inputs: { kind: 'scale', sides: [1, 16], codebook: { shape: [4096, 32] } },
    });
    const regions = regionsOf(plan, network, { items: 1, isGuided: true, cacheFormat: 'f16' });

    const rows = 2 * 256;
    const map = 16 * 16 * 32 * f32;
    expectBytes(regions, {
      // 2 for keys and values, 680 slots of 2 sequences.
      'keys and values': 2 * blocks * heads * headSize * 680 * 2 * half,
      rows: rows * width * f32,
      queries: rows * heads * headSize * f32,
      'attended rows': rows * heads * headSize * f32,
      // The scales of 1 and 2 x 2 are few rows: 8 at most, in one part, of which maximum and sum take four values.
      'parts of attention': 8 * heads * 1 * 4 * f32,
      'statistics of rows': rows * 4 * f32,
      'hidden rows': rows * hidden * f32,
      logits: rows * vocabularySize * f32,
      'start rows': 2 * width * f32,
      // Factor, offset and gate of both halves of each block, and of the last norm.
      modulation: (blocks * 6 + 3) * 2 * width * f32,
      'sum of scales': map,
      map,
      // Ids and given ids of the item, two words of its key, and the order of the positions.
      tokens: (2 * 680 + 2 + 680) * f32,
    });
  });

  it('is that of the formula, region by region: raster of 12 x 768, 576 slots in eight parts', () => {
    const network = networkOf({
      inputs: { kind: 'token' },
      rotary: {},
    });
    const regions = regionsOf(raster({ sides: [24, 24] }), network, {
      items: 2,
      isGuided: true,
      cacheFormat: 'f32',
    });

    const rows = 4;
    const splits = 8;
    expectBytes(regions, {
      'keys and values': 2 * blocks * heads * headSize * 576 * rows * f32,
      rows: rows * width * f32,
      queries: rows * heads * headSize * f32,
      'attended rows': rows * splits * heads * headSize * f32,
      'parts of attention': rows * splits * heads * 4 * f32,
      'hidden rows': rows * hidden * f32,
      logits: rows * vocabularySize * f32,
      'start rows': rows * width * f32,
      'rotary angles': 576 * headSize * f32,
      tokens: (2 * 2 * 576 + 2 * 2 + 576) * f32,
    });
  });
});

describe('the memory of a matrix', () => {
  it.each(gpuWeightFormats)('is rows x columns in %s, its scales, bias and sums', (format) => {
    const bits = { f32: 32, f16: 16, int8: 8, int4: 4 }[format];
    // A scale an output in int8; a scale for each 32 in int4.
    const scales = { f32: 0, f16: 0, int8: hidden, int4: (hidden * width) / 32 }[format];
    const stated = (hidden * width * bits) / 8 + (scales + 2 * hidden) * f32;

    const bytes = packedBytes(format, { inner: width, outputs: hidden }).reduce((a, b) => a + b);

    expect(Math.abs(bytes / stated - 1)).toBeLessThan(0.05);
  });
});

/** What the memory of a generation reads of a network; shapes stand for tensors. */
function networkOf({ modulation, ...others }: Record<string, unknown>): Network {
  return {
    starts: () => undefined,
    head: { kind: 'categorical', vocabularySize },
    parts: {
      blocks,
      width,
      modulation,
      attention: { heads, keyValueHeads: heads, headSize, scaling: { form: { kind: 'dot' } } },
      mlp: { form: { hidden, isGated: false, activation: geluTanh } },
    },
    ...others,
  } as unknown as Network;
}

function regionsOf(
  plan: Plan,
  network: Network,
  how: Parameters<typeof generationSizes>[1],
): MemoryRegion[] {
  const memory = generationMemory(2 ** 27);
  generationRegions(memory, network, generationSizes(plan, how));
  return [memory.arena, memory.caches, memory.state].flatMap((each) => each.regions);
}

/** Compares kinds of regions with what a formula states for them, within 5 %; all but small regions have one. */
function expectBytes(
  regions: readonly MemoryRegion[],
  stated: Readonly<Record<string, number>>,
): void {
  const sums = new Map<string, number>();
  for (const { name, bytes } of regions) {
    const kind = /^keys and values|modulation/.exec(name)?.[0] ?? name;
    sums.set(kind, (sums.get(kind) ?? 0) + bytes);
  }
  for (const [name, bytes] of Object.entries(stated)) {
    const relative = (sums.get(name) ?? 0) / bytes;
    expect(Math.abs(relative - 1), `${name}: ${sums.get(name)} of ${bytes}`).toBeLessThan(0.05);
    sums.delete(name);
  }
  // One region is rounded up to 256 bytes.
  for (const [name, bytes] of sums) expect(bytes, name).toBeLessThanOrEqual(256);
}
