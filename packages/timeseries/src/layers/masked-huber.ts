import { abs, div, minimum, mul, sub, sum, tidy } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * Huber's loss (1964): half the squared error, and beyond `delta` a line, so that outliers do not rule; its mean where the
 * mask is 1.
 *
 * @param predictions  Any shape, as the labels and the mask; all borrowed.
 * @returns Owned by the caller.
 */
export function maskedHuber(
  predictions: Tensor,
  { labels, mask }: { readonly labels: Tensor; readonly mask: Tensor },
  delta = 2,
): Scalar {
  return tidy(() => {
    const errors = abs(sub(predictions, labels));
    const square = minimum(errors, delta);
    // square² / 2 + delta · (error - delta) beyond it, in one expression.
    const losses = mul(square, sub(errors, mul(square, 0.5)));
    return div(sum(mul(losses, mask)), sum(mask)) as Scalar;
  });
}
