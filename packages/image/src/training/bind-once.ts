import type { ParamTree } from '@nextx/core';

/**
 * A binding that is made once for a tree of weights instead of at every step: it parses options and lays out the plan,
 * and the trainer changes weights in place. Remembers the last tree.
 */
export function bindOnce<Model>(bind: (params: ParamTree) => Model): (params: ParamTree) => Model {
  let last: { readonly params: ParamTree; readonly model: Model } | undefined;
  return (params) => {
    if (last?.params !== params) last = { params, model: bind(params) };
    return last.model;
  };
}
