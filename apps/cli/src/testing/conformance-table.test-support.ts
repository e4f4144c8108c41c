import type { OverfitOptions, RecipeInstance, TokenizerInstance } from '@nextx/core/conformance';

/** The test support of the package of pictures, which the package does not export. */
interface ConformanceTable {
  readonly tinyRecipes: Readonly<Record<string, { readonly overfit: OverfitOptions }>>;
  tinyRecipeInstance(name: string, seed: bigint): Promise<RecipeInstance>;
  tinyTokenizerInstance(name: string): Promise<TokenizerInstance>;
}

const folder = new URL('../../../../packages/image/src/', import.meta.url);
const file = new URL('conformance-table.test-support.ts', folder);

/** Every recipe of pictures, in tiny. Its own types are those above; tsc checks each package by itself. */
export const conformanceTable: ConformanceTable = (await import(file.href)) as ConformanceTable;
