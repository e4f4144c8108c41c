import {
  CheckpointError,
  float16Tensor,
  importParams,
  namedParams,
  sizeOfShape,
} from '@nextx/core';
import type { ImportRule, ParamTree, TensorReader } from '@nextx/core';

/** Dictionaries that training programs wrap around a model's own weights. */
const wrappers: readonly string[] = ['', 'model.', 'module.', 'state_dict.'];

/** Where weights come from and where they go. */
export interface OfficialTensors {
  /** For messages. */
  readonly file: string;
  readonly reader: TensorReader;
  /** Shapes that are wanted; its values are not looked at. */
  readonly template: ParamTree;
  readonly rules: readonly ImportRule[];
  /** Before the path of each weight in the model folder. */
  readonly prefix: string;
}

/** Weights of a checkpoint as a model folder names them, in 16 bits; each is read when it is asked for. */
export interface ImportedTensors extends TensorReader {
  /** What the checkpoint holds beside them: buffers that are computed anew. */
  readonly ignored: readonly string[];
}

/**
 * The weights of a model in an official checkpoint.
 *
 * @throws {CheckpointError} SHAPE naming what is missing or of another size, before anything is read.
 */
export function officialTensors(source: OfficialTensors): ImportedTensors {
  const { reader, template, rules, prefix } = source;
  const wrapper = wrapperOf(reader, rules);
  const byPath = new Map(rules.map((rule) => [rule.own, rule]));
  assertComplete(source, wrapper, byPath);
  const places = new Map(
    namedParams(template).flatMap(([path, own]) => {
      const rule = byPath.get(path);
      return rule === undefined ? [] : [[`${prefix}${path}`, { rule, own }] as const];
    }),
  );
  const used = new Set([...places.values()].map(({ rule }) => `${wrapper}${rule.official}`));
  const tensors = new Map(
    [...places].map(([name, { own }]) => [name, { dtype: 'F16', shape: own.shape } as const]),
  );
  return {
    tensors,
    ignored: [...reader.tensors.keys()].filter((name) => !used.has(name)),
    read: async (name) => {
      const place = places.get(name);
      if (place === undefined) throw new Error(`no weight is called ${name}`);
      const { rule, own } = place;
      const stored = await reader.read(`${wrapper}${rule.official}`);
      const official = new Map([[rule.official, stored]]);
      const imported = importParams(own, [{ ...rule, own: '' }], official);
      const values = await imported.data<'float32'>();
      imported.dispose();
      return float16Tensor(values, own.shape);
    },
  };
}

/** The wrapper under which most of the names are found. */
function wrapperOf({ tensors }: TensorReader, rules: readonly ImportRule[]): string {
  const found = (wrapper: string) =>
    rules.filter(({ official }) => tensors.has(`${wrapper}${official}`)).length;
  return wrappers.reduce((best, wrapper) => (found(wrapper) > found(best) ? wrapper : best), '');
}

function assertComplete(
  { file, reader, template }: OfficialTensors,
  wrapper: string,
  rules: ReadonlyMap<string, ImportRule>,
): void {
  const problems = namedParams(template).flatMap(([path, { size }]) => {
    const rule = rules.get(path);
    const official = rule === undefined ? path : `${wrapper}${rule.official}`;
    const found = reader.tensors.get(official);
    if (rule === undefined || found === undefined) return [`"${official}" is missing`];
    const available = sizeOfShape(found.shape) / (rule.part?.of ?? 1);
    return available === size
      ? []
      : [`"${official}" has shape [${found.shape.join(', ')}], ${size} values are needed`];
  });
  if (problems.length === 0) return;
  const more = problems.length > 10 ? ` (and ${problems.length - 10} more)` : '';
  throw new CheckpointError(
    `${file}: ${problems.length} tensors do not fit: ${problems.slice(0, 10).join('; ')}${more}. Check --as, and which file is the tokenizer's.`,
    'SHAPE',
  );
}
