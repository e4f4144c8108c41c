/** A network that is measured: its recipe, its sizes, and those of the small tokenizer around it. */
export interface BenchNetwork {
  /** Name in tables. */
  readonly name: string;
  /** `flow` is the raster transformer of llamagen, fed by latents that a flow head draws. */
  readonly recipe: 'var' | 'llamagen' | 'flow';
  readonly depth: number;
  readonly width: number;
  readonly heads: number;
  readonly classes: number;
  readonly vocabularySize: number;
  /** Token maps' sides; a raster network has one map, of the last side. */
  readonly sides: readonly number[];
  /** Base width of the tokenizer's convolutions. */
  readonly tokenizerChannels: number;
  /** Each level but the last halves the side. */
  readonly multipliers: readonly number[];
  /** Convolutions φ that the scales of a next-scale tokenizer share. */
  readonly sharedConvolutions: number;
  /** Width of the MLP of a flow head; absent where ids are drawn. */
  readonly flowWidth?: number;
  /** `s` in `u + s (c - u)`; 1 is none, and evaluates one row an item. */
  readonly guidanceScale: number;
}

/** The published ten scales of 256 pixels. */
const publishedSides = [1, 2, 3, 4, 5, 6, 8, 10, 13, 16];

const small = {
  depth: 6,
  width: 384,
  heads: 6,
  classes: 10,
  vocabularySize: 4096,
  sides: [1, 2, 3, 4, 6, 8],
  tokenizerChannels: 32,
  multipliers: [1, 1, 2, 2],
  sharedConvolutions: 4,
  guidanceScale: 2,
} as const;

const large = {
  ...small,
  depth: 12,
  width: 768,
  heads: 12,
  classes: 1000,
  sides: publishedSides,
  tokenizerChannels: 64,
  multipliers: [1, 1, 2, 2, 4],
} as const;

/** What is measured: next-scale and raster at two sizes; quick: the smaller size only. */
export function benchNetworks(isQuick: boolean): BenchNetwork[] {
  const smallOnes: BenchNetwork[] = [
    { ...small, name: 'var 6 x 384', recipe: 'var' },
    { ...small, name: 'llamagen 6 x 384', recipe: 'llamagen' },
  ];
  if (isQuick) return smallOnes;
  return [
    ...smallOnes,
    { ...large, name: 'var 12 x 768', recipe: 'var' },
    // LlamaGen-B with the published vocabulary.
    { ...large, name: 'llamagen 12 x 768', recipe: 'llamagen', vocabularySize: 16384 },
  ];
}

/** What the decoder is measured on, with the names that its rows have. */
export function decoderNetworks(isQuick: boolean): BenchNetwork[] {
  const raster = { ...large, recipe: 'llamagen', guidanceScale: 1 } as const;
  const tiny = { ...raster, depth: 4, width: 256, heads: 4 };
  const base = [
    { ...tiny, name: 'raster-4x256' },
    { ...raster, name: 'raster-12x768' },
    { ...large, recipe: 'var' as const, name: 'var-12x768' },
  ];
  if (isQuick) return base;
  return [
    ...base,
    { ...raster, name: 'raster-12x768-guided', guidanceScale: 2 },
    { ...raster, recipe: 'flow', flowWidth: 1024, name: 'flow-12x768-3x1024', sides: [1, 2, 4, 8] },
    { ...large, recipe: 'var', name: 'var-16x1024', depth: 16, width: 1024, heads: 16 },
  ];
}

/** What is measured on a GPU: the decoder's networks, and one whose weights take longer to read than its dispatches. */
export function gpuNetworks(isQuick: boolean): BenchNetwork[] {
  const networks = decoderNetworks(isQuick);
  const llamaGenL = { ...large, recipe: 'llamagen', depth: 24, width: 1024, heads: 16 } as const;
  return isQuick
    ? networks
    : [
        ...networks,
        { ...llamaGenL, name: 'raster-24x1024', vocabularySize: 16384, guidanceScale: 1 },
      ];
}

/** Tokens of one picture. */
export function tokensPerImage({ recipe, sides }: BenchNetwork): number {
  const squares = sides.map((side) => side ** 2);
  return recipe === 'var'
    ? squares.reduce((sum, size) => sum + size, 0)
    : squares[sides.length - 1];
}

/** Side of a picture in pixels. */
export function imageSize({ sides, multipliers }: BenchNetwork): number {
  return sides[sides.length - 1] * 2 ** (multipliers.length - 1);
}
