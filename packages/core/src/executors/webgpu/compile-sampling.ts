import { UnsupportedError } from '../../errors.ts';
import type { SamplingOptions } from '../../sampling/filters.ts';
import { BlockCompiler } from './compile-blocks.ts';
import type { Dispatch, ProgramSource } from './dispatch.ts';
import { paddedOutputs } from './pack-matrix.ts';
import { compilePersistent } from './compile-persistent.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { sampleWgsl } from './sample.wgsl.ts';

/** Filters that the device does not have. */
const unknownFilters = ['typical', 'eta'] as const;

/** What draws ids. */
export interface CategoricalSource {
  readonly logits: PlacedMatrix;
  readonly vocabularySize: number;
}

/**
 * The dispatches that draw the ids of a step: logits, and a token a row.
 *
 * @throws {UnsupportedError} for a filter that needs the entropy.
 */
export function compileSampling(
  source: ProgramSource,
  { logits, vocabularySize }: CategoricalSource,
  { sampling, positions }: { readonly sampling: SamplingOptions; readonly positions: number },
): Dispatch[] {
  const outputs = paddedOutputs(logits.outputs) / 4;
  // Blocks in one dispatch make the logits too where they can.
  const isMade = compilePersistent(source, positions).some(({ run }) => run.head !== undefined);
  const product = new BlockCompiler(source, positions).finalNormed(logits, {
    name: 'head',
    source: 'rows',
    ending: { kind: 'store' },
    outputs,
    fields: { x: source.regions.x, out: source.regions.logits },
  });
  return [
    ...(isMade ? [] : product),
    compileDraw(source, { vocabularySize, outputs }, { sampling, positions }),
  ];
}

/** The draw of a token from every row of logits, `outputs` fours each. */
export function compileDraw(
  { regions, sizes }: ProgramSource,
  { vocabularySize, outputs }: { readonly vocabularySize: number; readonly outputs: number },
  { sampling, positions }: { readonly sampling: SamplingOptions; readonly positions: number },
): Dispatch {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, epsilon = 0 } = sampling;
  assertKnownFilters(sampling);
  const hasTopK = topK > 0 && topK < vocabularySize;
  const hasTopP = topP > 0 && topP < 1;
  return {
    name: 'sample',
    code: sampleWgsl({
      cacheFormat: sizes.cacheFormat,
      isGuided: sizes.sequences > sizes.items,
      isGreedy: temperature === 0,
      hasTopK,
      hasTopP,
      hasMinMass: epsilon > 0,
    }),
    weights: 0,
    cache: 0,
    fields: {
      x: regions.logits,
      outputs,
      vocabulary: vocabularySize,
      items: sizes.items,
      ...regions.state,
      // The smallest float32 above 0 stands for less.
      temperature: Math.max(temperature, 2 ** -126),
      topK: hasTopK ? topK : 0,
      topP: hasTopP ? Math.min(2 ** 24 - 1, Math.max(1, Math.round(topP * 2 ** 24))) : 0,
      minLog: minP > 0 ? Math.log(minP) : -3.4e38,
      minMass: epsilon,
    },
    grid: [positions, sizes.items, 1],
  };
}

/** @throws {UnsupportedError} for a filter that needs the entropy. */
export function assertKnownFilters(sampling: SamplingOptions): void {
  for (const name of unknownFilters) {
    const value = sampling[name] ?? 0;
    if (value === 0 || (name === 'typical' && value === 1)) continue;
    throw new UnsupportedError(
      `webgpu executor: sampling must not use ${name}, which needs the entropy of every row, got ${value}. Leave it out, or use the cpu or the reference executor.`,
    );
  }
}
