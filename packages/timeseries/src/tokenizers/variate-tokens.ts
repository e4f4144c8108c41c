import { linear } from '@nextx/core';
import type { LinearParams } from '@nextx/core';
import { concat, reshape, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/**
 * A token for the whole past of each variate, and one for each mark, which are embedded by the same map (Liu et al. 2024,
 * iTransformer, section 3.1).
 *
 * @param embedding  `[L, C]`
 * @param past  Rows `[B · V, L]` and marks `[B, L, F]`; borrowed.
 * @returns `[B, V + F, C]`; owned by the caller.
 */
export function variateTokens(
  embedding: LinearParams,
  {
    rows,
    batch,
    marks,
  }: {
    readonly rows: Tensor2D;
    readonly batch: number;
    readonly marks: Tensor3D | undefined;
  },
): Tensor3D {
  const [count, lookBack] = rows.shape;
  return tidy(() => {
    const series: Tensor3D = reshape(rows, [batch, count / batch, lookBack]);
    const all = marks === undefined ? series : concat([series, transpose(marks, [0, 2, 1])], 1);
    return linear(embedding, all);
  });
}
