import { slice } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** The first `count` positions of `[B, N]` or `[B, N, channels]`; owned by the caller. */
export function firstTokens(tokens: Tensor, count: number): Tensor {
  const begin = tokens.shape.map(() => 0);
  return slice(
    tokens,
    begin,
    tokens.shape.map((extent, axis) => (axis === 1 ? count : extent)),
  );
}
