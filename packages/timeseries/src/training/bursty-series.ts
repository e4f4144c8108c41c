import { foldIn, normals, uniforms } from '@nextx/core';
import type { Key } from '@nextx/core';

/**
 * A positive series that builds up and is swept away, such as a concentration in the air: the exponential of a mean-reverting walk
 * on two time scales, with a weak daily wave and sudden falls; at times cut off at a bound or zero for long.
 *
 * @returns `[length]`, not negative, the same for the same key.
 */
export function burstySeries(key: Key, length: number): Float32Array {
  const [slow, fast, spread, wave, phase, period, falls, bound, zero, size] = uniforms(
    foldIn(key, 0),
    10,
  );
  const memory = [1 - 1 / 10 ** (1 + 1.3 * slow), 1 - 1 / 10 ** (0.2 + 0.8 * fast)];
  const [first, second] = [normals(foldIn(key, 1), length), normals(foldIn(key, 2), length)];
  const sweeps = uniforms(foldIn(key, 3), length);
  const strength = 0.4 + 0.9 * spread;
  const steps = [12, 24, 24, 24, 24, 48, 168][Math.floor(7 * period)];
  const state = [first[0], second[0]];
  const scale = 10 ** (3 * size - 1);
  const [ceiling, floor] = [bound < 0.15 ? 1.2 : Infinity, zero < 0.2 ? 0.8 : 0];
  return Float32Array.from({ length }, (_, time) => {
    state[0] = memory[0] * state[0] + Math.sqrt(1 - memory[0] ** 2) * first[time];
    state[1] = memory[1] * state[1] + Math.sqrt(1 - memory[1] ** 2) * second[time];
    if (sweeps[time] < 0.02 * falls) state[0] = -1 - Math.abs(first[time]);
    const daily = 0.6 * wave * Math.sin((2 * Math.PI * time) / steps + 2 * Math.PI * phase);
    const value = Math.exp(strength * (0.9 * state[0] + 0.3 * state[1]) + daily);
    return scale * Math.min(ceiling, Math.max(0, value - floor));
  });
}
