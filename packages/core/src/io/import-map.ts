import { tensor } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { CheckpointError } from '../errors.ts';
import { mapParams, namedParams } from '../params.ts';
import type { ParamTree } from '../params.ts';
import { halfSplitToInterleaved } from '../layers/rotary-table.ts';
import { sizeOfShape } from '../shape.ts';
import { float32Tensor, toFloat32 } from './host-tensor.ts';
import type { HostTensor } from './host-tensor.ts';

/** How PyTorch lays a weight out: `linear` is `[out, in]`, `conv` `[out, in, height, width]`. */
export type OfficialLayout = 'same' | 'linear' | 'conv';

/** Where one of our tensors is found in an official checkpoint. */
export interface ImportRule {
  /** Path in our tree. */
  readonly own: string;
  /** Name in the checkpoint. */
  readonly official: string;
  /** @defaultValue 'same' */
  readonly layout?: OfficialLayout;
  /** This tensor is the given part, counted from 0, of so many equal parts along the first official axis. */
  readonly part?: { readonly index: number; readonly of: number };
  /** The official tensor is only these features of ours, along our last axis; other rules of the same path give the rest. */
  readonly features?: { readonly from: number; readonly to: number };
  /** The features are heads of this size whose rotary pairs are half-split, `(i, i + D/2)`; ours are neighbors. */
  readonly halfSplitHeads?: number;
}

/** Names of a linear map: `weight` and `bias`. */
export function linearRules(own: string, official: string, hasBias = true): ImportRule[] {
  const weight: ImportRule = {
    own: `${own}.weight`,
    official: `${official}.weight`,
    layout: 'linear',
  };
  return hasBias ? [weight, { own: `${own}.bias`, official: `${official}.bias` }] : [weight];
}

/** Names of a convolution: `weight` and `bias`. */
export function convRules(own: string, official: string): ImportRule[] {
  return [
    { own: `${own}.weight`, official: `${official}.weight`, layout: 'conv' },
    { own: `${own}.bias`, official: `${official}.bias` },
  ];
}

/** Names of a normalization: `scale` is `weight`, `shift` is `bias`. */
export function normRules(own: string, official: string, hasShift = true): ImportRule[] {
  const scale: ImportRule = { own: `${own}.scale`, official: `${official}.weight` };
  return hasShift ? [scale, { own: `${own}.shift`, official: `${official}.bias` }] : [scale];
}

/**
 * A tree like `template` with the values of an official checkpoint. The template is not changed.
 *
 * @throws {CheckpointError} SHAPE naming every tensor that is missing or has another size (the first 10, and how many).
 */
export function importParams<T extends ParamTree>(
  template: T,
  rules: readonly ImportRule[],
  official: ReadonlyMap<string, HostTensor>,
): T {
  const byPath = new Map<string, ImportRule[]>();
  for (const rule of rules) byPath.set(rule.own, [...(byPath.get(rule.own) ?? []), rule]);
  const problems = namedParams(template).flatMap(([path, { shape }]) => {
    const own = byPath.get(path);
    if (own === undefined) return [`"${path}" is missing`];
    return own.flatMap((rule) => problemOf(rule, sizeOfShape(partShape(rule, shape)), official));
  });
  if (problems.length > 0) {
    throw new CheckpointError(
      `import: ${problems.length} tensors do not fit: ${problems.slice(0, 10).join('; ')}. Check the recipe and its sizes.`,
      'SHAPE',
    );
  }
  return mapParams(template, ({ shape, size }, path) => {
    const values = new Float32Array(size);
    for (const rule of byPath.get(path) ?? []) {
      // It exists: every rule was checked above.
      const source = official.get(rule.official) as HostTensor;
      const part = importTensor(rule, source, partShape(rule, shape));
      forEachFeature(rule, shape, (own, at) => {
        values[own] = part[at];
      });
    }
    return tensor(values, shape);
  });
}

/** The tensors of a tree under their official names and layouts: the inverse of `importParams`. */
export async function exportParams(
  tree: ParamTree,
  rules: readonly ImportRule[],
): Promise<Map<string, HostTensor>> {
  const tensors = new Map(namedParams(tree));
  const parts = new Map<string, { rule: ImportRule; own: Tensor }[]>();
  for (const rule of rules) {
    const own = tensors.get(rule.own);
    if (own === undefined) continue;
    parts.set(rule.official, [...(parts.get(rule.official) ?? []), { rule, own }]);
  }
  const official = new Map<string, HostTensor>();
  for (const [name, pieces] of parts) {
    const ordered = pieces.toSorted(
      (a, b) => (a.rule.part?.index ?? 0) - (b.rule.part?.index ?? 0),
    );
    const blocks = await Promise.all(ordered.map(({ rule, own }) => toOfficialLayout(rule, own)));
    const [{ shape }] = blocks;
    const values = new Float32Array(blocks.reduce((sum, { data }) => sum + data.length, 0));
    let at = 0;
    for (const { data } of blocks) {
      values.set(data, at);
      at += data.length;
    }
    official.set(name, float32Tensor(values, [shape[0] * blocks.length, ...shape.slice(1)]));
  }
  return official;
}

function problemOf(
  rule: ImportRule,
  size: number,
  official: ReadonlyMap<string, HostTensor>,
): string[] {
  const source = official.get(rule.official);
  if (source === undefined) return [`"${rule.official}" is missing`];
  const available = sizeOfShape(source.shape) / (rule.part?.of ?? 1);
  if (available === size) return [];
  return [`"${rule.official}" has shape [${source.shape.join(', ')}], ${size} values are needed`];
}

/** Shape of the features of ours that a rule is about. */
function partShape({ features }: ImportRule, shape: readonly number[]): readonly number[] {
  return features === undefined ? shape : [...shape.slice(0, -1), features.to - features.from];
}

/** Visits the values of ours that a rule is about, beside their places among themselves, row after row. */
function forEachFeature(
  { features }: ImportRule,
  shape: readonly number[],
  visit: (own: number, at: number) => void,
): void {
  const width = shape.at(-1) ?? 1;
  const { from, to } = features ?? { from: 0, to: width };
  const rows = sizeOfShape(shape) / width;
  for (let row = 0; row < rows; row++) {
    for (let feature = from; feature < to; feature++) {
      visit(row * width + feature, row * (to - from) + feature - from);
    }
  }
}

/**
 * The values of one of our tensors, in our layout, from the official tensor that its rule names.
 *
 * @param shape  Of our tensor, or of the features of it that the rule names; as many values as the rule's part of `source`.
 * @returns A new array.
 */
export function importTensor(
  rule: ImportRule,
  source: HostTensor,
  shape: readonly number[],
): Float32Array {
  const values = inOwnLayout(rule, source, shape);
  if (rule.halfSplitHeads === undefined) return values;
  const neighbors = new Float32Array(values.length);
  forEachRotary(rule.halfSplitHeads, values.length, (own, official) => {
    neighbors[own] = values[official];
  });
  return neighbors;
}

/** Visits values whose heads have neighboring pairs beside the same with half-split pairs. */
function forEachRotary(
  headSize: number,
  size: number,
  visit: (own: number, official: number) => void,
): void {
  const order = halfSplitToInterleaved(headSize);
  // Rows hold whole heads, so that every run of `headSize` values is one.
  for (let i = 0; i < size; i++) visit(i, i - (i % headSize) + order[i % headSize]);
}

function inOwnLayout(
  { layout = 'same', part }: ImportRule,
  source: HostTensor,
  shape: readonly number[],
): Float32Array {
  const all = toFloat32(source);
  const size = sizeOfShape(shape);
  const values =
    part === undefined ? all : all.subarray(part.index * size, (part.index + 1) * size);
  if (layout === 'same') return Float32Array.from(values);
  const outputs = shape[shape.length - 1];
  const inputs = shape[shape.length - 2];
  const taps = size / outputs / inputs;
  const own = new Float32Array(size);
  forEachWeight({ outputs, inputs, taps }, (ownIndex, officialIndex) => {
    own[ownIndex] = values[officialIndex];
  });
  return own;
}

async function toOfficialLayout(
  rule: ImportRule,
  own: Tensor,
): Promise<{ data: Float32Array; shape: number[] }> {
  const all = await own.data<'float32'>();
  const shape = partShape(rule, own.shape);
  const values = new Float32Array(sizeOfShape(shape));
  forEachFeature(rule, own.shape, (at, among) => {
    values[among] = all[at];
  });
  if (rule.halfSplitHeads !== undefined) {
    const neighbors = values.slice();
    forEachRotary(rule.halfSplitHeads, values.length, (at, official) => {
      values[official] = neighbors[at];
    });
  }
  if (rule.layout === undefined || rule.layout === 'same')
    return { data: values, shape: [...shape] };
  const outputs = shape[shape.length - 1];
  const inputs = shape[shape.length - 2];
  const spatial = shape.slice(0, -2);
  const data = new Float32Array(values.length);
  forEachWeight({ outputs, inputs, taps: sizeOfShape(spatial) }, (ownIndex, officialIndex) => {
    data[officialIndex] = values[ownIndex];
  });
  return { data, shape: [outputs, inputs, ...spatial] };
}

/** Visits `[taps, in, out]` beside `[out, in, taps]`. */
function forEachWeight(
  { outputs, inputs, taps }: { outputs: number; inputs: number; taps: number },
  visit: (ownIndex: number, officialIndex: number) => void,
): void {
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        visit((tap * inputs + input) * outputs + output, (output * inputs + input) * taps + tap);
      }
    }
  }
}
