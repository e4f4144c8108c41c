import { describeRecipe, describeTokenizer } from '@nextx/core/conformance';
import { activateEngine } from './engines/engine.ts';
import { nativeStatus } from './engines/native-engine.ts';
import { conformanceTable } from './testing/conformance-table.test-support.ts';

const { available, reason } = await nativeStatus();
const engines = [
  {
    name: 'native',
    start: () => activateEngine('native'),
    ...(!available && { missing: reason }),
  },
];

for (const [name, { overfit }] of Object.entries(conformanceTable.tinyRecipes)) {
  describeRecipe({
    name,
    engines,
    create: (seed) => conformanceTable.tinyRecipeInstance(name, seed),
    overfit,
  });
  describeTokenizer({
    name: `tokenizer of ${name}`,
    engines,
    create: () => conformanceTable.tinyTokenizerInstance(name),
  });
}
