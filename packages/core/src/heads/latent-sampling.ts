import { add, mul, slice, sub, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { NumericError, OptionError } from '../errors.ts';
import { filtersIn, parseSamplingOptions } from '../sampling/filters.ts';
import type { SamplingOptions } from '../sampling/filters.ts';
import type { SampleContext } from './head.ts';

/**
 * Temperature of a head that draws numbers.
 *
 * @param where  The head, as its messages begin.
 * @throws {OptionError} for a value out of range, or a filter, which numbers have none of.
 */
export function latentTemperature(where: string, sampling: SamplingOptions): number {
  const { temperature } = parseSamplingOptions(sampling);
  const filters = filtersIn(sampling);
  if (filters.length === 0) return temperature;
  throw new OptionError(
    `${where}: latents must be drawn without filters, got ${filters.join(', ')}. Leave them out and lower the temperature instead.`,
  );
}

/** @throws {NumericError} if a value is NaN or infinite. */
export function assertLatents(where: string, values: Float32Array): Float32Array {
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad === undefined) return values;
  throw new NumericError(
    `${where}: latents must be finite, got ${bad} among ${values.length} values. Check the weights for NaN.`,
  );
}

/**
 * `u + s (c - u)` of a linear head's outputs, where the second half of the rows is without condition.
 *
 * @param outputs  `[items or 2 · items, n, E]`; borrowed.
 * @returns `[items, n, E]`; owned by the caller.
 */
export function guidedOutputs(
  outputs: Tensor3D,
  { items, isGuided, guidanceScale }: Pick<SampleContext, 'items' | 'isGuided' | 'guidanceScale'>,
): Tensor3D {
  return tidy(() => {
    const conditional = slice(outputs, 0, items);
    if (!isGuided) return conditional;
    const free = slice(outputs, items);
    return add(free, mul(sub(conditional, free), guidanceScale));
  });
}
