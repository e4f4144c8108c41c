import { expandDims, reshape, tidy, tile } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';

/** `[B, T, V]` to `[B · count, T, V]`, each window so many times one after another; owned by the caller. */
export function repeatedWindows(windows: Tensor3D, count: number): Tensor3D {
  const [batch, length, variates] = windows.shape;
  return tidy(() =>
    reshape(tile(expandDims(windows, 1), [1, count, 1, 1]), [batch * count, length, variates]),
  );
}
