import type { Tensor } from '@tensorflow/tfjs-core';

/** Parameters of a model: a tree whose leaves are tensors. Paths such as `blocks.0.mlp.up.weight` name the leaves. */
export type ParamTree = Tensor | ParamTree[] | { [name: string]: ParamTree };

/** One leaf of a tree with its dotted path. */
export type NamedParam = readonly [path: string, tensor: Tensor];

/** Leaves in the order of the tree, each with its dotted path. */
export function namedParams(tree: ParamTree, prefix = ''): NamedParam[] {
  if (isTensor(tree)) return [[prefix, tree]];
  return Object.entries(tree).flatMap(([name, child]) =>
    namedParams(child, prefix === '' ? name : `${prefix}.${name}`),
  );
}

/** A tree of the same form whose leaves are `replace(leaf, path)`. */
export function mapParams<T extends ParamTree>(
  tree: T,
  replace: (tensor: Tensor, path: string) => Tensor,
  prefix = '',
): T {
  const path = (name: string | number) => (prefix === '' ? `${name}` : `${prefix}.${name}`);
  // The result has the form of `tree` by construction: same keys, tensors for tensors.
  if (isTensor(tree)) return replace(tree, prefix) as unknown as T;
  if (Array.isArray(tree)) {
    return tree.map((child, index) => mapParams(child, replace, path(index))) as unknown as T;
  }
  return Object.fromEntries(
    Object.entries(tree).map(([name, child]) => [name, mapParams(child, replace, path(name))]),
  ) as T;
}

/** Number of values of all leaves. */
export function countParams(tree: ParamTree): number {
  return namedParams(tree).reduce((sum, [, { size }]) => sum + size, 0);
}

/** Frees every leaf; leaves already freed are passed over. */
export function disposeParams(tree: ParamTree): void {
  for (const [, tensor] of namedParams(tree)) if (!tensor.isDisposed) tensor.dispose();
}

function isTensor(tree: ParamTree): tree is Tensor {
  return !Array.isArray(tree) && 'dataId' in tree;
}
