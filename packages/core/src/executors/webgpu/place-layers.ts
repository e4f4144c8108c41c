import type { LinearParams } from '../../layers/linear.ts';
import type { NormParams } from '../../layers/norm.ts';
import type { GpuWeightFormat } from './gpu-weight-format.ts';
import type { PlacedMatrix, WeightPlacer } from './place-weights.ts';

/** An affine map in a format, with the norm in front of it folded in where one is given. */
export function placeLinear(
  placer: WeightPlacer,
  name: string,
  {
    weight,
    bias,
    format,
    norm,
  }: LinearParams & { readonly format: GpuWeightFormat; readonly norm?: NormParams },
): PlacedMatrix {
  return placer.matrix(name, [weight], {
    format,
    ...(norm && { norm }),
    ...(bias && { bias: [bias] }),
  });
}
