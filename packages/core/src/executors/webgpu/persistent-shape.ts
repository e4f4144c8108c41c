import type { CacheFormat } from './bindings.wgsl.ts';
import type { PlacedBlock } from './place-network.ts';
import type { PlacedMatrix } from './place-weights.ts';
import { tuning } from './tuning.ts';

/** How the workgroups of one dispatch work together. */
export interface Persistence {
  /** Workgroups that run at the same time. */
  readonly workgroups: number;
  /** Lanes of a subgroup; 1 where there are none, or their number varies. */
  readonly subgroup: number;
  /** Bytes of workgroup memory. */
  readonly memoryBytes: number;
}

/** What all blocks of a network have in common. */
export interface PersistentShape {
  readonly rows: number;
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly groups: number;
  readonly headSize: number;
  readonly norm: 'layer' | 'rms';
  readonly activation: number;
  readonly isGated: boolean;
  readonly hasAngles: boolean;
  readonly cacheFormat: CacheFormat;
}

/** Consecutive blocks whose weights and caches lie at even distances in one buffer each. */
export interface PersistentRun {
  /** Number of the first, of those of the run, and of all blocks. */
  readonly first: number;
  readonly count: number;
  readonly blocks: number;
  /** The matrices of the first. */
  readonly matrices: PlacedBlock;
  /** What makes logits of the rows behind the last block, where it follows and its weights lie in the same buffer. */
  readonly head?: PlacedMatrix;
  /** Fours from the weights of a block to those of the next; likewise for keys and values, as kernels count them. */
  readonly weightStride: number;
  readonly cacheStride: number;
}

/** Lanes of a workgroup. */
export const persistentLanes: number = tuning.persistentLanes;

/** Number of the step at which workgroups only find out whether they run at the same time. */
export const meetingStep: number = 2 ** 32 - 1;

/** Most parts that the slots of a row are split into. */
export function persistentSplits(
  { heads, rows }: Pick<PersistentShape, 'heads' | 'rows'>,
  { workgroups }: Pick<Persistence, 'workgroups'>,
): number {
  return Math.min(tuning.persistentSplits, Math.max(1, Math.floor(workgroups / (heads * rows))));
}
