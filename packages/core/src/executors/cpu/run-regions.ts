import type { TransformerParts } from '../../backbone/transformer.ts';
import type { MlpForm } from '../../layers/mlp.ts';
import { planLength, stepCount, stepRange } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Network } from '../../program/network.ts';
import { flowRegions } from './flow-regions.ts';
import type { FlowRegions } from './flow-regions.ts';
import type { PlacedNetwork } from './place-network.ts';
import { recordWords } from './records.ts';
import type { Address } from './records.ts';
import type { RegionLayout } from './region.ts';

/** Sizes of one generation. */
export interface RunSizes {
  readonly items: number;
  /** Items, twice when guided. */
  readonly sequences: number;
  /** Positions of the largest step, and of all. */
  readonly mostPositions: number;
  readonly capacity: number;
  readonly threads: number;
  /** Whether some steps multiply on the engine. */
  readonly hasEngineSteps: boolean;
}

/** Sizes of a generation from what is asked for. */
export function runSizes(
  plan: Plan,
  {
    items,
    isGuided,
    threads,
    engineRows,
  }: {
    readonly items: number;
    readonly isGuided: boolean;
    readonly threads: number;
    readonly engineRows: number;
  },
): RunSizes {
  const sequences = items * (isGuided ? 2 : 1);
  const counts = Array.from({ length: stepCount(plan) }, (_, step) => stepRange(plan, step));
  const mostPositions = Math.max(...counts.map(({ start, end }) => end - start));
  return {
    items,
    sequences,
    mostPositions,
    hasEngineSteps: sequences * mostPositions >= engineRows,
    capacity: planLength(plan),
    threads,
  };
}

/** Vectors that the condition gives one normalized input, `[sequences, C]` each. */
export interface ModulationRegions {
  readonly scale: Address;
  readonly shift: Address;
  readonly gate: Address;
}

/** Where the rows, the cache and the program of one generation lie. */
export interface RunRegions {
  /** `[R, C]` residual stream, and its normalized copy. */
  readonly x: Address;
  readonly normed: Address;
  /** `[R, (H + 2 G) D]`, `[R, H D]`, `[R, F]`, `[R, V]`; no logits without a categorical head. */
  readonly qkv: Address;
  readonly attended: Address;
  readonly hidden: Address;
  readonly logits: Address;
  /** Where a flow head works, if the network has one. */
  readonly flow?: FlowRegions;
  /** Rows as bytes, and the table of their groups. */
  readonly quantized: Address;
  readonly groups: Address;
  readonly scores: Address;
  readonly scoresStride: number;
  /** Keys and values of each block. */
  readonly keys: readonly Address[];
  readonly values: readonly Address[];
  readonly cacheBytes: number;
  readonly starts: Address;
  readonly ids: Address;
  /** Latents that feed a step, `[R, channels]`. */
  readonly fedLatents: Address;
  /** Rows on their way to `x`. */
  readonly fed: Address;
  /** Sum of the scales and three maps in the making, `[items, side, side, latentChannels]` each. */
  readonly sum: Address;
  readonly maps: readonly [Address, Address, Address];
  readonly modulations: readonly {
    readonly attention: ModulationRegions;
    readonly mlp: ModulationRegions;
  }[];
  readonly finalModulation?: { readonly scale: Address; readonly shift: Address };
  /** Records of blocks and head; those of the inputs stand before them, in room for `mostInputRecords`. */
  readonly blocks: Address;
  /** The same where the engine multiplies, and its products, `[R, E]`; absent where it never does. */
  readonly engine?: { readonly blocks: Address; readonly products: Address };
}

/** Records that feed a step, of one block, and behind the last, at most. */
const mostInputRecords = 12;
const recordsOfBlock = 12;
const recordsOfHead = 4;

/** Reserves everything that one generation needs. */
export function runRegions(
  layout: RegionLayout,
  { network, placed }: { readonly network: Network; readonly placed: PlacedNetwork },
  sizes: RunSizes,
): RunRegions {
  const { parts } = network;
  const { head } = placed;
  const { width } = parts;
  const { heads, keyValueHeads, headSize } = parts.attention;
  const { items, sequences, mostPositions, capacity, threads } = sizes;
  const rows = sequences * mostPositions;
  const hidden = hiddenOf(parts);
  const widest = Math.max(width, hidden, head.kind === 'flow' ? head.width : 0);
  // A row of scores is padded: four keys are scored at once, and a row may see itself besides.
  const scoresStride = 4 * (Math.ceil(capacity / 4) * 4 + 8);
  const cache = sequences * keyValueHeads * capacity * headSize;
  // Up to three keys behind the last are read.
  const cacheWords = cache + 3 * headSize;
  const caches = (name: string) =>
    Array.from({ length: parts.blocks }, (_, index) =>
      layout.words(`${name} of block ${index}`, cacheWords),
    );
  const vectors = (name: string): ModulationRegions => ({
    scale: layout.words(`${name} scale`, sequences * width),
    shift: layout.words(`${name} shift`, sequences * width),
    gate: layout.words(`${name} gate`, sequences * width),
  });
  const isModulated = parts.modulation !== undefined;
  const mapWords = latentMapWords(network) * items;
  const records = mostInputRecords + recordsOfBlock * parts.blocks + recordsOfHead;
  const program = layout.words('program', records * recordWords);
  return {
    x: layout.words('rows', rows * width),
    normed: layout.words('normalized rows', rows * width),
    qkv: layout.words('queries, keys and values', rows * (heads + 2 * keyValueHeads) * headSize),
    attended: layout.words('attended rows', rows * heads * headSize),
    hidden: layout.words('hidden rows', rows * hidden),
    logits: layout.words('logits', rows * (head.kind === 'categorical' ? head.logits.outputs : 0)),
    ...(head.kind === 'flow' && {
      flow: flowRegions(layout, head, { rows, hasEngineSteps: sizes.hasEngineSteps }),
    }),
    quantized: layout.bytes('quantized rows', rows * widest),
    groups: layout.bytes('quantized groups', rows * Math.ceil(widest / 32) * 32),
    ...(sizes.hasEngineSteps && {
      engine: {
        blocks: layout.words('program with the engine', records * recordWords),
        products: layout.words('products of the engine', rows * mostOutputs(network, placed)),
      },
    }),
    scores: layout.words('scores', threads * scoresStride),
    scoresStride,
    keys: caches('keys'),
    values: caches('values'),
    cacheBytes: 2 * 4 * parts.blocks * cache,
    starts: layout.words('start rows', sequences * width),
    ids: layout.words('ids', rows),
    fedLatents: layout.words('fed latents', rows * fedChannels(network)),
    fed: layout.words('fed rows', rows * width),
    sum: layout.words('sum of scales', mapWords),
    maps: [
      layout.words('map 0', mapWords),
      layout.words('map 1', mapWords),
      layout.words('map 2', mapWords),
    ],
    modulations: Array.from({ length: isModulated ? parts.blocks : 0 }, (_, index) => ({
      attention: vectors(`attention modulation ${index}`),
      mlp: vectors(`mlp modulation ${index}`),
    })),
    ...(isModulated && {
      finalModulation: {
        scale: layout.words('final modulation scale', sequences * width),
        shift: layout.words('final modulation shift', sequences * width),
      },
    }),
    blocks: program + mostInputRecords * recordWords * 4,
  };
}

/** Width of the hidden rows of the feed-forward half. */
export function hiddenOf({ mlp }: Pick<TransformerParts, 'mlp'>): number {
  // `supports` refuses a model whose mlp has no form.
  return (mlp.form as MlpForm).hidden;
}

/** Columns of the widest product. */
function mostOutputs({ parts }: Network, { blocks, head }: PlacedNetwork): number {
  const ofBlocks = blocks.map(({ qkv, up }) => Math.max(qkv.outputs, up.outputs));
  const ofHead = head.kind === 'categorical' ? head.logits.outputs : 3 * head.width;
  return Math.max(parts.width, ofHead, ...ofBlocks);
}

/** Values of a latent that feeds a step by itself. */
function fedChannels({ inputs }: Network): number {
  return inputs.kind === 'latent' ? inputs.embedding.weight.shape[0] : 0;
}

function latentMapWords({ inputs }: Network): number {
  if (inputs.kind !== 'scale') return 0;
  const side = inputs.sides[inputs.sides.length - 1];
  return side * side * inputs.codebook.shape[1];
}
