import { dispose, grads, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { mapParams, namedParams } from '../params.ts';
import type { ParamTree } from '../params.ts';

/** How far derivatives are from central differences. */
export interface GradientError {
  /** Largest relative error of the entries compared. */
  readonly error: number;
  /** The entry with that error, as `path[index]`. */
  readonly worst: string;
  /** How many entries were compared. */
  readonly entries: number;
}

const maxEntries = 8;
const step = 0.02;
/** Below this share of the largest derivative, float32 differences are mostly rounding. */
const smallestShare = 1e-2;

/**
 * Compares the derivative of a loss with central differences (extrapolated to fourth order) at the largest entry of
 * up to eight weights, spread over the tree.
 *
 * @param loss  Called inside `tidy`.
 */
export async function gradientError(
  loss: (params: ParamTree) => Scalar,
  params: ParamTree,
): Promise<GradientError> {
  const peaks = await largestDerivatives(loss, params);
  const top = Math.max(...peaks.map(({ derivative }) => Math.abs(derivative)));
  const strong = peaks.filter(({ derivative }) => Math.abs(derivative) >= smallestShare * top);
  const stride = Math.max(1, strong.length / maxEntries);
  const chosen = Array.from(
    { length: Math.min(maxEntries, strong.length) },
    (_, index) => strong[Math.floor(index * stride)],
  );
  let [error, worst] = [0, ''];
  for (const { path, index, derivative } of chosen) {
    const at = (offset: number) => lossAt(loss, params, { path, index, offset });
    const coarse = ((await at(step)) - (await at(-step))) / (2 * step);
    const fine = ((await at(step / 2)) - (await at(-step / 2))) / step;
    const numeric = (4 * fine - coarse) / 3;
    const relative =
      Math.abs(derivative - numeric) / Math.max(Math.abs(derivative), Math.abs(numeric), 1e-12);
    if (!(relative <= error)) {
      [error, worst] = [Number.isNaN(relative) ? Infinity : relative, `${path}[${index}]`];
    }
  }
  return { error, worst, entries: chosen.length };
}

interface Peak {
  readonly path: string;
  readonly index: number;
  readonly derivative: number;
}

/** The largest derivative of each weight. */
async function largestDerivatives(
  loss: (params: ParamTree) => Scalar,
  params: ParamTree,
): Promise<Peak[]> {
  const named = namedParams(params);
  const derivatives = tidy(() =>
    grads((...tensors: Tensor[]) => {
      let next = 0;
      return loss(mapParams(params, () => tensors[next++]));
    })(named.map(([, weight]) => weight)),
  );
  try {
    const peaks: Peak[] = [];
    for (const [place, [path]] of named.entries()) {
      const values = await derivatives[place].data();
      let index = 0;
      values.forEach((value, i) => {
        if (!(Math.abs(value) <= Math.abs(values[index]))) index = i;
      });
      peaks.push({ path, index, derivative: values[index] });
    }
    return peaks;
  } finally {
    dispose(derivatives);
  }
}

async function lossAt(
  loss: (params: ParamTree) => Scalar,
  params: ParamTree,
  {
    path,
    index,
    offset,
  }: { readonly path: string; readonly index: number; readonly offset: number },
): Promise<number> {
  const weight = namedParams(params).find(([name]) => name === path)?.[1];
  const values = Float32Array.from((await weight?.data()) ?? []);
  values[index] += offset;
  const result = tidy(() =>
    loss(
      mapParams(params, (own, name) =>
        name === path ? tensor(values, own.shape, 'float32') : own,
      ),
    ),
  );
  try {
    const [value] = await result.data();
    return value;
  } finally {
    result.dispose();
  }
}
