import type { TrainingRecipe } from './training-config.ts';

/** What a data set asks of a model. */
export interface DataFacts {
  /** Side of a picture in pixels. */
  readonly side: number;
  readonly channels: number;
  readonly classes: number;
}

/** Sides of VAR's token maps. */
const publishedSides: readonly number[] = [1, 2, 3, 4, 5, 6, 8, 10, 13, 16];
const widthOfLevel: readonly number[] = [1, 2, 4, 4, 4, 4];
const largestMap = 8;

/**
 * Options of about a million parameters for a data set, where no config says otherwise: published defaults are for 256 pixels
 * and take days.
 */
export function smallOptions(
  recipe: TrainingRecipe,
  { side, channels, classes }: DataFacts,
): Record<string, unknown> {
  if (recipe === 'judge') return { width: side, height: side, channels, classes };
  if (recipe === 'var') return { depth: 4, width: 128, heads: 4, classes };
  if (recipe === 'llamagen') return { depth: 4, width: 128, heads: 4, multipleOf: 32, classes };
  const levels = levelsFor(side);
  const mapSide = side / 2 ** (levels - 1);
  const shared = {
    imageSize: side,
    imageChannels: channels,
    channels: 16,
    multipliers: widthOfLevel.slice(0, levels),
    blocksPerLevel: 1,
    groups: 8,
    codebookSize: 512,
  };
  if (recipe === 'llamagen-tokenizer') return { ...shared, latentChannels: 32, codeChannels: 8 };
  const sides = [...publishedSides.filter((one) => one < mapSide), mapSide];
  return { ...shared, latentChannels: 8, sides };
}

/** Levels that halve the side to at most 8, as far as it is even. */
function levelsFor(side: number): number {
  let levels = 1;
  for (
    let map = side;
    map > largestMap && map % 2 === 0 && levels < widthOfLevel.length;
    map /= 2
  ) {
    levels++;
  }
  return levels;
}
