import {
  CheckpointError,
  float16Tensor,
  importParams,
  namedParams,
  sizeOfShape,
} from '@nextx/core';
import type { HostTensor, ImportRule, ParamTree, TensorReader } from '@nextx/core';

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
  /** Told how many of how many weights are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Weights of a checkpoint as a model folder names them. */
export interface ImportedTensors {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** What the checkpoint holds beside them: buffers that are computed anew. */
  readonly ignored: readonly string[];
}

/**
 * Reads the weights of a model out of an official checkpoint, one by one, in 16 bits.
 *
 * @throws {CheckpointError} SHAPE naming what is missing or of another size, before anything is read.
 */
export async function officialTensors(source: OfficialTensors): Promise<ImportedTensors> {
  const { reader, template, rules, prefix, onProgress } = source;
  const wrapper = wrapperOf(reader, rules);
  const byPath = new Map(rules.map((rule) => [rule.own, rule]));
  assertComplete(source, wrapper, byPath);
  const named = namedParams(template);
  const tensors = new Map<string, HostTensor>();
  const used = new Set<string>();
  for (const [index, [path, own]] of named.entries()) {
    const rule = byPath.get(path);
    if (rule === undefined) continue;
    const stored = `${wrapper}${rule.official}`;
    const official = new Map([[rule.official, await reader.read(stored)]]);
    const imported = importParams(own, [{ ...rule, own: '' }], official);
    const values = await imported.data<'float32'>();
    imported.dispose();
    tensors.set(`${prefix}${path}`, float16Tensor(values, own.shape));
    used.add(stored);
    onProgress?.(index + 1, named.length);
  }
  return { tensors, ignored: [...reader.tensors.keys()].filter((name) => !used.has(name)) };
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
