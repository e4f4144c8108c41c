import { add, log, mul, neg, softmax, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Temperature of VAR's smoothed decoding (`more_smooth` of the official code) at a step: falls from 0.27, never
 * below 0.005.
 *
 * @param progress  `step / (steps - 1)`, from 0 to 1.
 */
export function smoothTemperature(progress: number): number {
  return Math.max(0.27 * (1 - 0.95 * progress), 0.005);
}

/**
 * Weights of all codes at each position instead of one drawn code, by the Gumbel softmax (Jang et al. 2017), as VAR
 * smooths pictures that are only looked at: `softmax((logits - log noise) / temperature)`. Times the codebook they
 * give the vectors that stand for the codes. The official code multiplies the logits by `1 + progress` first.
 *
 * @param logits  `[..., V]`; borrowed.
 * @param noise  Same shape, draws of the exponential distribution of mean 1; borrowed.
 * @returns Same shape, each row sums to 1; owned by the caller.
 */
export function softCodeWeights(logits: Tensor, noise: Tensor, temperature: number): Tensor {
  return tidy(() => softmax(mul(add(logits, neg(log(noise))), 1 / temperature)));
}
