import {
  assertTensors,
  CheckpointError,
  disposeParams,
  importTensor,
  namedParams,
  OptionError,
  float32Tensor,
  shapeOnly,
} from '@nextx/core';
import type {
  HostTensor,
  ImportRule,
  ModelConfig,
  NamedParam,
  TensorInfo,
  TensorReader,
} from '@nextx/core';
import { ignoredOfficialNames, officialCheckpoints } from './official-checkpoints.ts';
import type { RecipeChoice } from './official-checkpoints.ts';
import { imageRecipes, imageTokenizers } from './recipes.ts';

/** Open official files; `openPyTorch` and `openSafetensors` of core give them. */
export interface OfficialSources {
  /** Weights of the sequence model; not for a tokenizer alone. */
  readonly model?: TensorReader;
  /** Weights of the tokenizer. */
  readonly tokenizer?: TensorReader;
}

/** A model folder's content, made from official files. */
export interface ImportedModel {
  readonly config: ModelConfig;
  /** Tensors under our names in our layouts, float32; each is read and converted when it is asked for. */
  readonly tensors: TensorReader;
}

/** Where the weights of one part of a model come from. */
export interface OfficialPart {
  /** Our weights, without values. */
  readonly own: readonly NamedParam[];
  readonly rules: readonly ImportRule[];
}

/**
 * Reads official checkpoints as a model of nextx. Their names are looked up, their layouts turned; wrappers such as
 * `model.` around all names are removed and buffers that are no weights passed over. Nothing is read here but the
 * directories of the files: tensors come one by one as they are asked for.
 *
 * @param as  Name of the checkpoint, a key of `officialCheckpoints`.
 * @throws {OptionError} ARG if `as` is no known name or a file is missing.
 * @throws {CheckpointError} SHAPE listing all that is missing, left over or of another shape; reading a tensor throws
 * BAD_WEIGHTS if one of its values is not finite.
 */
export async function importOfficial({
  as,
  sources,
}: {
  readonly as: string;
  readonly sources: OfficialSources;
}): Promise<ImportedModel> {
  const { model, tokenizer } = officialOf(as);
  const readers = new Map<string, OwnTensor>();
  if (model !== undefined) {
    const part = await officialModelPart(model, tokenizer);
    addPart(readers, part, {
      where: `import as ${as}: model`,
      prefix: 'model.',
      ...sourceOf(sources.model, as, 'model'),
    });
  }
  addPart(readers, await officialTokenizerPart(tokenizer), {
    where: `import as ${as}: tokenizer`,
    prefix: model === undefined ? '' : 'tokenizer.',
    ...sourceOf(sources.tokenizer, as, 'tokenizer'),
  });
  const tokenizerConfig = await completeTokenizer(tokenizer);
  const config: ModelConfig =
    model === undefined
      ? { ...tokenizerConfig, version: 1 }
      : { ...(await completeModel(model)), version: 1, tokenizer: tokenizerConfig };
  return { config, tensors: readerOf(readers) };
}

/** Names, shapes and rules of a model's own weights, without allocating them. */
export async function officialModelPart(
  model: RecipeChoice,
  tokenizer: RecipeChoice,
): Promise<OfficialPart> {
  const recipe = await imageRecipes[model.recipe]();
  const tokenizerRecipe = await imageTokenizers[tokenizer.recipe]();
  const options = recipe.parse(model.options);
  const tokenizerOptions = tokenizerRecipe.parse(tokenizer.options);
  const bound = tokenizerRecipe.bind(
    tokenizerOptions,
    tokenizerRecipe.init(tokenizerOptions, shapeOnly()),
  );
  const template = recipe.template(options, bound, shapeOnly());
  const part = { own: namedParams(template), rules: recipe.importRules(options, template) };
  disposeParams(template);
  return part;
}

/** The same of a tokenizer. */
export async function officialTokenizerPart({
  recipe: name,
  options,
}: RecipeChoice): Promise<OfficialPart> {
  const recipe = await imageTokenizers[name]();
  const parsed = recipe.parse(options);
  const template = recipe.init(parsed, shapeOnly());
  return { own: namedParams(template), rules: recipe.bind(parsed, template).importRules };
}

/**
 * Official names without what wraps all of them: `{ model: state }` and the like.
 *
 * @returns Names of the file by bare name.
 */
export function unwrappedNames(names: Iterable<string>): Map<string, string> {
  const bare = new Map(Array.from(names, (name) => [name, name]));
  const wrapper = ['model.', 'module.', 'state_dict.'].find((prefix) =>
    [...bare.keys()].every((name) => name.startsWith(prefix)),
  );
  if (wrapper === undefined || bare.size === 0) return bare;
  const inner = unwrappedNames(Array.from(bare.keys(), (name) => name.slice(wrapper.length)));
  return new Map(Array.from(inner, ([name, wrapped]) => [name, wrapper + wrapped]));
}

/** One tensor of ours: where it comes from and what it becomes. */
interface OwnTensor {
  readonly rule: ImportRule;
  readonly shape: readonly number[];
  readonly source: TensorReader;
  /** Its name in the file. */
  readonly name: string;
  readonly where: string;
}

function addPart(
  readers: Map<string, OwnTensor>,
  { own, rules }: OfficialPart,
  { where, prefix, source }: { where: string; prefix: string; source: TensorReader },
): void {
  const names = unwrappedNames(source.tensors.keys());
  const found = new Map<string, TensorInfo>();
  for (const [bare, name] of names) {
    const info = source.tensors.get(name);
    if (info === undefined || ignoredOfficialNames.some((pattern) => pattern.test(bare))) continue;
    found.set(bare, info);
  }
  const byPath = new Map(rules.map((rule) => [rule.own, rule]));
  const expected = new Map<string, readonly number[]>();
  for (const [path, { shape }] of own) {
    const rule = ruleOf(byPath, path, where);
    const official = officialShape(rule, shape);
    const stored = found.get(rule.official)?.shape;
    // Official files keep axes of length 1 that ours do not have.
    expected.set(
      rule.official,
      stored !== undefined && isSame(stored, official) ? stored : official,
    );
  }
  assertTensors(expected, { tensors: found }, where);
  for (const [path, { shape }] of own) {
    const rule = ruleOf(byPath, path, where);
    const name = names.get(rule.official) ?? rule.official;
    readers.set(`${prefix}${path}`, { rule, shape, source, name, where });
  }
}

function readerOf(readers: ReadonlyMap<string, OwnTensor>): TensorReader {
  return {
    tensors: new Map(
      Array.from(readers, ([path, { shape }]) => [path, { dtype: 'F32', shape: [...shape] }]),
    ),
    read: async (path): Promise<HostTensor> => {
      const own = readers.get(path);
      if (own === undefined) {
        throw new OptionError(
          `import: a tensor must be one of the ${readers.size} names of the model, got ${JSON.stringify(path)}. Read those of \`tensors\`.`,
        );
      }
      const values = importTensor(own.rule, await own.source.read(own.name), own.shape);
      assertFinite(values, own);
      return float32Tensor(values, own.shape);
    },
  };
}

function assertFinite(values: Float32Array, { where, name }: OwnTensor): void {
  let bad = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) bad += 1;
  if (bad === 0) return;
  throw new CheckpointError(
    `${where}: values must be finite, ${bad} of ${values.length} in ${JSON.stringify(name)} are not. Get the file again.`,
    'BAD_WEIGHTS',
  );
}

/** Shape in the official file, but for axes of length 1. */
function officialShape({ layout, part }: ImportRule, shape: readonly number[]): number[] {
  const turned =
    layout === undefined || layout === 'same'
      ? [...shape]
      : [shape[shape.length - 1], shape[shape.length - 2], ...shape.slice(0, -2)];
  turned[0] *= part?.of ?? 1;
  return turned;
}

/** Whether the official axes, joined where ours is one (`ada_gss`, `[1, 1, 6, C]`, is our `[6 C]`), are ours. */
function isSame(stored: readonly number[], own: readonly number[]): boolean {
  const rest = stored.filter((size) => size !== 1);
  const isMatched = own
    .filter((size) => size !== 1)
    .every((size) => {
      let joined = rest.shift() ?? 0;
      while (joined < size && rest.length > 0) joined *= rest.shift() ?? 1;
      return joined === size;
    });
  return isMatched && rest.length === 0;
}

function ruleOf(byPath: ReadonlyMap<string, ImportRule>, path: string, where: string): ImportRule {
  const rule = byPath.get(path);
  if (rule === undefined) {
    throw new CheckpointError(
      `${where}: every weight must have an official name, "${path}" has none. The recipe's importRules lack it.`,
      'SHAPE',
    );
  }
  return rule;
}

function officialOf(as: string): (typeof officialCheckpoints)[string] {
  const found = Object.hasOwn(officialCheckpoints, as) ? officialCheckpoints[as] : undefined;
  if (found === undefined) {
    throw new OptionError(
      `import: as must be one of ${Object.keys(officialCheckpoints).join(', ')}, got ${JSON.stringify(as)}. Name what the file is.`,
    );
  }
  return found;
}

function sourceOf(
  source: TensorReader | undefined,
  as: string,
  part: string,
): { source: TensorReader } {
  if (source === undefined) {
    throw new OptionError(
      `import as ${as}: needs the checkpoint of its ${part}, got none. Give that file too.`,
    );
  }
  return { source };
}

async function completeModel({ recipe, options }: RecipeChoice): Promise<RecipeOptions> {
  // Parsed options are complete, so that a folder does not depend on later defaults.
  return { recipe, options: (await imageRecipes[recipe]()).parse(options) };
}

async function completeTokenizer({ recipe, options }: RecipeChoice): Promise<RecipeOptions> {
  return { recipe, options: (await imageTokenizers[recipe]()).parse(options) };
}

interface RecipeOptions {
  readonly recipe: string;
  readonly options: unknown;
}
