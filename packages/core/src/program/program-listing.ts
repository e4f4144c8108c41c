/** What a part of the memory is for. */
export type RegionKind = 'weights' | 'cache' | 'rows' | 'maps' | 'condition' | 'program';

/** All kinds, in the order in which they are printed. */
export const regionKinds: readonly RegionKind[] = [
  'weights',
  'cache',
  'rows',
  'maps',
  'condition',
  'program',
];

/** A named part of an executor's memory, as it is allocated. */
export interface ListedRegion {
  readonly name: string;
  readonly kind: RegionKind;
  readonly bytes: number;
}

/** What the sizes of the model say that one kind of regions takes: a closed form to hold against what is allocated. */
export interface MemoryFormula {
  readonly kind: RegionKind;
  /** The form, with its numbers. */
  readonly text: string;
  readonly bytes: number;
}

/** One step of a program. */
export interface ListedStep {
  /** Positions of one sequence, and of all. */
  readonly positions: number;
  readonly rows: number;
  /** How often each operation runs, in the order in which they first run. */
  readonly operations: Readonly<Record<string, number>>;
  /** Bytes of weights that the operations read: matrices whole, of tables the rows that are looked up. */
  readonly weightBytes: number;
  /** Bytes of keys and values that the rows see, each counted once a sequence. */
  readonly cacheBytes: number;
}

/** The program that a fused executor runs for a model and a plan, and its memory. */
export interface ProgramListing {
  readonly executor: 'cpu' | 'webgpu';
  /** Name of the plan. */
  readonly plan: string;
  /** How the matrices of the blocks, and keys and values, are stored. */
  readonly format: string;
  readonly cacheFormat: string;
  readonly items: number;
  /** Items, twice when guided. */
  readonly sequences: number;
  readonly steps: readonly ListedStep[];
  readonly regions: readonly ListedRegion[];
  readonly formulas: readonly MemoryFormula[];
  /** Bytes of the buffers or of the machine's memory, padding included. */
  readonly totalBytes: number;
}

/** What a generation is listed for. */
export interface ListedBatch {
  /** @defaultValue 1 */
  readonly items?: number;
  /** Whether every item comes twice, the second time without its condition. @defaultValue false */
  readonly isGuided?: boolean;
}

/** Operations of one step, in all. */
export function operationCount({ operations }: Pick<ListedStep, 'operations'>): number {
  return Object.values(operations).reduce((sum, count) => sum + count, 0);
}

/** How often each name occurs, in the order of first occurrence. */
export function countNames(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Bytes of the regions of one kind. */
export function kindBytes({ regions }: Pick<ProgramListing, 'regions'>, kind: RegionKind): number {
  return regions.reduce((sum, region) => sum + (region.kind === kind ? region.bytes : 0), 0);
}
