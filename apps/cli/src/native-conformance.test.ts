import { describeRecipe, describeTokenizer } from '@nextx/core/conformance';
import type { OverfitOptions, RecipeInstance, TokenizerInstance } from '@nextx/core/conformance';
import { activateEngine } from './engines/engine.ts';
import { nativeStatus } from './engines/native-engine.ts';

/** The test support of the package of pictures, which the package does not export. */
interface ConformanceTable {
  readonly tinyRecipes: Readonly<Record<string, { readonly overfit: OverfitOptions }>>;
  tinyRecipeInstance(name: string, seed: bigint): Promise<RecipeInstance>;
  tinyTokenizerInstance(name: string): Promise<TokenizerInstance>;
}

const folder = new URL('../../../packages/image/src/', import.meta.url);
const file = new URL('conformance-table.test-support.ts', folder);
// Its own types are those of ConformanceTable; tsc checks each package by itself.
const table = (await import(file.href)) as ConformanceTable;
const { available, reason } = await nativeStatus();
const engines = [
  {
    name: 'native',
    start: () => activateEngine('native'),
    ...(!available && { missing: reason }),
  },
];

for (const [name, { overfit }] of Object.entries(table.tinyRecipes)) {
  describeRecipe({
    name,
    engines,
    create: (seed) => table.tinyRecipeInstance(name, seed),
    overfit,
  });
  describeTokenizer({
    name: `tokenizer of ${name}`,
    engines,
    create: () => table.tinyTokenizerInstance(name),
  });
}
