import type { TransformerParts } from '../../backbone/transformer.ts';
import type { MlpForm } from '../../layers/mlp.ts';
import { planLength, stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { modulatedTimes } from '../../program/network.ts';
import type { AnyNetwork } from '../../program/network.ts';
import type { CacheFormat } from './bindings.wgsl.ts';
import { tuning } from './tuning.ts';
import { flowRegions, latentRegions } from './flow-regions.ts';
import type { FlowRegions, LatentRegions, LatentSizes, ReserveWords } from './flow-regions.ts';
import { exchangePlaces, exchangeWords, meetingWords } from './exchange-places.ts';
import { fourBytes, MemoryPlan } from './memory-plan.ts';
import type { Place } from './memory-plan.ts';
import { paddedOutputs } from './pack-matrix.ts';
import { persistentShape } from './persistent-runs.ts';
import { persistentSplits } from './persistent-shape.ts';
import type { Persistence } from './persistent-shape.ts';
import { visibleRange } from '../visible-range.ts';

/** Most rows that take the vector path. */
export const mostVectorRows = 8;
/** Most parts that the slots of one row are split into. */
const mostSplits = 8;

/** Sizes of one generation. */
export interface GenerationSizes {
  readonly items: number;
  /** Items, twice when guided. */
  readonly sequences: number;
  readonly capacity: number;
  /** Rows of the largest step, and of the largest that takes the vector path. */
  readonly rows: number;
  readonly vectorRows: number;
  /** Most parts of a step that takes the vector path. */
  readonly splits: number;
  readonly cacheFormat: CacheFormat;
}

/**
 * Vectors that the condition gives one normalized input, a row for each sequence: x · factor + offset, and a gate. Those of
 * another time lie behind all sequences.
 */
export interface ModulationPlaces {
  readonly factor: number;
  readonly offset: number;
  readonly gate: number;
  /** Fours from the vectors of one sequence to those of the next. */
  readonly stride: number;
}

/** Where the rows, the cache and the state of one generation lie; places of the arena are counted in fours. */
export interface GenerationRegions {
  readonly x: number;
  readonly queries: number;
  readonly attended: number;
  readonly parts: number;
  readonly statistics: number;
  readonly hidden: number;
  readonly logits: number;
  /** Where latents are made, if the network draws them, and where a flow head works. */
  readonly latents?: LatentRegions;
  readonly flow?: FlowRegions;
  readonly starts: number;
  readonly angles: number;
  /** `[H]` of each block, where attention is of the cosine. */
  readonly cosineFactors: readonly number[];
  readonly modulations: readonly {
    readonly attention: ModulationPlaces;
    readonly mlp: ModulationPlaces;
  }[];
  readonly finalModulation?: ModulationPlaces;
  /** Activated conditions, `[times, sequences, C]`, that the device makes all modulations from. */
  readonly condition: number;
  /** Sum of the scales, and a map on its way to it, `[items, side, side, latentChannels]` each. */
  readonly sum: number;
  readonly map: number;
  /** Keys and values of each block. */
  readonly caches: readonly Place[];
  readonly cacheBytes: number;
  /** Places of the state, in values. */
  readonly state: {
    readonly ids: number;
    readonly given: number;
    readonly keys: number;
    readonly positions: number;
    readonly length: number;
    /** Where workgroups of one dispatch hand each other rows; nowhere if none do. */
    readonly exchange: number;
  };
}

/** Plans of the buffers of one generation. */
export interface GenerationMemory {
  readonly arena: MemoryPlan;
  readonly caches: MemoryPlan;
  readonly state: MemoryPlan;
}

/** Sizes of a generation from what is asked for. */
export function generationSizes(
  plan: Plan,
  {
    items,
    isGuided,
    cacheFormat,
  }: {
    readonly items: number;
    readonly isGuided: boolean;
    readonly cacheFormat: CacheFormat;
  },
): GenerationSizes {
  const sequences = items * (isGuided ? 2 : 1);
  const rows = Array.from({ length: stepCount(plan) }, (_, step) => {
    const { start, end } = stepRange(plan, step);
    return sequences * (end - start);
  });
  return {
    items,
    sequences,
    capacity: planLength(plan),
    rows: Math.max(...rows),
    vectorRows: Math.max(0, ...rows.filter((count) => count <= mostVectorRows)),
    splits: Math.max(
      ...rows.map((count, step) => (count <= mostVectorRows ? splitsOf(plan, step) : 1)),
    ),
    cacheFormat,
  };
}

/** Parts that the slots of a row are split into at a step. */
export function splitsOf(plan: Plan, step: number): number {
  const { begin, end, isSelfSeen } = visibleRange(plan, step);
  const seen = end - begin + Number(isSelfSeen);
  return Math.min(mostSplits, Math.max(1, Math.ceil(seen / tuning.attendedSlots)));
}

/** Width of the hidden rows of the feed-forward half. */
export function hiddenOf({ mlp }: Pick<TransformerParts, 'mlp'>): number {
  // `supports` refuses a model whose mlp has no form.
  return (mlp.form as MlpForm).hidden;
}

/** Reserves everything that one generation needs. */
export function generationRegions(
  memory: GenerationMemory,
  network: AnyNetwork,
  sizes: GenerationSizes,
  persistence?: Persistence,
): GenerationRegions {
  const { parts, rotary, head } = network;
  const { width, blocks, modulation } = parts;
  const { heads, headSize } = parts.attention;
  const { sequences, capacity, rows, vectorRows, splits } = sizes;
  const words: ReserveWords = (name, count) => memory.arena.words(name, count).at;
  // In the order of the projection: gates, scales, shifts.
  const isModulated = modulation !== undefined;
  const conditions = sequences * modulatedTimes(network).length;
  const four = width / 4;
  const isCosine = parts.attention.scaling.form?.kind === 'cosine';
  const mapWords = latentMapWords(network) * sizes.items;
  return {
    x: words('rows', rows * width),
    queries: words('queries', rows * heads * headSize),
    attended: words('attended rows', Math.max(rows, vectorRows * splits) * heads * headSize),
    parts: words('parts of attention', 4 * vectorRows * splits * heads),
    statistics: words('statistics of rows', 4 * rows),
    hidden: words('hidden rows', rows * hiddenOf(parts)),
    logits: words(
      'logits',
      head.kind === 'categorical' ? rows * paddedOutputs(head.vocabularySize) : 0,
    ),
    ...headRegions(words, head, { rows, latents: capacity * sizes.items }),
    starts: words('start rows', 'starts' in network ? sequences * width : 0),
    angles: words('rotary angles', rotary === undefined ? 0 : capacity * headSize),
    cosineFactors: Array.from({ length: isCosine ? blocks : 0 }, (_, index) =>
      words(`query factors of block ${index}`, heads),
    ),
    modulations: Array.from({ length: isModulated ? blocks : 0 }, (_, index) => {
      const first = words(`modulation of block ${index}`, 6 * conditions * width);
      const places = (branch: number): ModulationPlaces => ({
        gate: first + branch * four,
        factor: first + (2 + branch) * four,
        offset: first + (4 + branch) * four,
        stride: 6 * four,
      });
      return { attention: places(0), mlp: places(1) };
    }),
    ...(isModulated && { finalModulation: finalPlaces(words, conditions, four) }),
    condition: words('activated modulation', isModulated ? conditions * width : 0),
    sum: words('sum of scales', mapWords),
    map: words('map', mapWords),
    ...cachePlaces(memory.caches, network, sizes),
    state: stateRegions(memory.state, sizes, exchangeOf(network, sizes, persistence)),
  };
}

/** Where a head that draws latents makes them. */
function headRegions(
  words: ReserveWords,
  head: AnyNetwork['head'],
  sizes: LatentSizes,
): Pick<GenerationRegions, 'latents' | 'flow'> {
  if (head.kind === 'categorical') return {};
  if (head.kind === 'velocity') {
    return { latents: latentRegions(words, head.velocity.weight.shape[1], sizes) };
  }
  const flow = flowRegions(words, head, sizes);
  return { latents: flow, flow };
}

/** Factors and offsets of the last norm, in the order of the projection. */
function finalPlaces(words: ReserveWords, conditions: number, four: number): ModulationPlaces {
  const factor = words('final modulation', 8 * conditions * four);
  return { factor, offset: factor + four, gate: 0, stride: 2 * four };
}

function cachePlaces(
  plan: MemoryPlan,
  { parts }: AnyNetwork,
  { sequences, capacity, cacheFormat }: GenerationSizes,
): Pick<GenerationRegions, 'caches' | 'cacheBytes'> {
  const { keyValueHeads, headSize } = parts.attention;
  const bytes =
    2 * sequences * keyValueHeads * capacity * headSize * (cacheFormat === 'f32' ? 4 : 2);
  const caches = Array.from(
    { length: parts.blocks },
    (_, index) => plan.group(`keys and values of block ${index}`, [bytes])[0],
  );
  return { caches, cacheBytes: bytes * parts.blocks };
}

function stateRegions(
  plan: MemoryPlan,
  { items, capacity }: GenerationSizes,
  exchange: number,
): GenerationRegions['state'] {
  const ids = items * capacity;
  const length = 2 * ids + 2 * items + capacity;
  plan.words('tokens', length);
  // The state is one buffer.
  const at = exchange === 0 ? 0 : plan.words('rows that workgroups exchange', exchange).at;
  const tokens = { ids: 0, given: ids, keys: 2 * ids, positions: 2 * ids + 2 * items, length };
  return { ...tokens, exchange: (at * fourBytes) / 4 + meetingWords };
}

/** Words that the workgroups of persistent dispatches need at most. */
function exchangeOf(
  network: AnyNetwork,
  { vectorRows: rows, cacheFormat }: GenerationSizes,
  persistence: Persistence | undefined,
): number {
  if (persistence === undefined || rows === 0) return 0;
  const shape = persistentShape(network, { rows, cacheFormat });
  if (shape === undefined) return 0;
  // Fewer rows have more parts each.
  const counts = Array.from({ length: rows }, (_, index) => ({ ...shape, rows: index + 1 }));
  return Math.max(
    ...counts.map((each) =>
      exchangeWords(exchangePlaces(each, persistentSplits(each, persistence))),
    ),
  );
}

function latentMapWords({ inputs }: AnyNetwork): number {
  if (inputs.kind !== 'scale') return 0;
  const side = inputs.sides[inputs.sides.length - 1];
  return side * side * inputs.codebook.shape[1];
}

/** Empty plans of one generation's buffers. */
export function generationMemory(limit: number): GenerationMemory {
  return {
    // Rows and state are read through one binding each: only caches are split.
    arena: new MemoryPlan(Infinity),
    caches: new MemoryPlan(limit),
    state: new MemoryPlan(Infinity),
  };
}
