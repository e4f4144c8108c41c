import type { AnyNetwork } from '../../program/network.ts';
import { activationNumber } from '../network-support.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import type { Place } from './memory-plan.ts';
import type { PersistentRun, PersistentShape } from './persistent-shape.ts';
import { matricesOf } from './place-network.ts';
import type { PlacedBlock, PlacedNetwork } from './place-network.ts';

/** Blocks as the persistent kernel knows them, or nothing where it does not: norms that a condition modulates, cosines. */
export function persistentShape(
  { parts, rotary }: Pick<AnyNetwork, 'parts' | 'rotary'>,
  { rows, cacheFormat }: { readonly rows: number; readonly cacheFormat: CacheFormat },
): PersistentShape | undefined {
  const { attention, norm, mlp, width, modulation } = parts;
  const { heads, keyValueHeads: groups, headSize, scaling } = attention;
  if (modulation !== undefined || scaling.form?.kind === 'cosine' || mlp.form === undefined) {
    return undefined;
  }
  const { hidden, activation, isGated } = mlp.form;
  return {
    rows,
    width,
    hidden,
    heads,
    groups,
    headSize,
    norm: norm.form?.kind ?? 'rms',
    activation: activationNumber(activation) ?? 0,
    isGated,
    hasAngles: rotary !== undefined,
    cacheFormat,
  };
}

/** Blocks in runs, each of which one dispatch can walk by adding strides: those that differ in a buffer begin another. */
export function persistentRuns(
  { blocks, head }: Pick<PlacedNetwork, 'blocks' | 'head'>,
  caches: readonly Place[],
): PersistentRun[] {
  const runs: PersistentRun[] = [];
  for (const [index, block] of blocks.entries()) {
    const run = runs.at(-1);
    const apart = run && strides(blocks, caches, index);
    const isNext =
      apart !== undefined &&
      (run?.count === 1 ||
        (run?.weightStride === apart.weightStride && run.cacheStride === apart.cacheStride));
    if (run !== undefined && isNext) {
      runs[runs.length - 1] = { ...run, count: run.count + 1, ...apart };
    } else {
      const none = { weightStride: 0, cacheStride: 0 };
      runs.push({ first: index, count: 1, blocks: blocks.length, matrices: block, ...none });
    }
  }
  return runs
    .filter(({ matrices }) => isTogether(matrices))
    .map((run) => {
      const isLast = run.first + run.count === blocks.length;
      const hasHead =
        isLast && head.kind === 'categorical' && head.logits.buffer === run.matrices.qkv.buffer;
      return hasHead ? { ...run, head: head.logits } : run;
    });
}

function isTogether(block: PlacedBlock): boolean {
  return matricesOf(block).every(({ buffer }) => buffer === block.qkv.buffer);
}

/** How far a block lies behind the one before, if all its parts do and they lie in the same buffers. */
function strides(
  blocks: readonly PlacedBlock[],
  caches: readonly Place[],
  index: number,
): Pick<PersistentRun, 'weightStride' | 'cacheStride'> | undefined {
  const [before, block] = [blocks[index - 1], blocks[index]];
  const [cacheBefore, cache] = [caches[index - 1], caches[index]];
  const weightStride = block.qkv.weight - before.qkv.weight;
  const others = matricesOf(before);
  const areApart = matricesOf(block).every((matrix, part) => {
    const other = others[part];
    return (
      matrix.buffer === before.qkv.buffer &&
      other.buffer === matrix.buffer &&
      matrix.format === other.format &&
      (['weight', 'bias', 'sums', 'scales'] as const).every(
        (place) => matrix[place] - other[place] === weightStride,
      )
    );
  });
  return areApart && cache.buffer === cacheBefore.buffer
    ? { weightStride, cacheStride: cache.at - cacheBefore.at }
    : undefined;
}
