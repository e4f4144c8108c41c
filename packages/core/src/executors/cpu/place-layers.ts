import type { LinearParams } from '../../layers/linear.ts';
import type { NormParams } from '../../layers/norm.ts';
import type { WeightFormat } from '../weight-format.ts';
import type { PlacedMatrix, WeightPlacer } from './place-weights.ts';
import type { Address } from './records.ts';

/** A normalization's learned vectors. */
export interface PlacedNorm {
  readonly scale?: Address;
  readonly shift?: Address;
}

/** An affine map, its matrix in a format. */
export function placeLinear(
  placer: WeightPlacer,
  name: string,
  { weight, bias, wanted }: LinearParams & { readonly wanted: WeightFormat },
): PlacedMatrix {
  return placer.matrix(name, [weight], { wanted, ...(bias && { bias: [bias] }) });
}

/** Learned vectors of a norm. */
export function placeNorm(
  placer: WeightPlacer,
  name: string,
  { scale, shift }: NormParams,
): PlacedNorm {
  return {
    ...(scale && { scale: placer.vector(`${name} scale`, scale) }),
    ...(shift && { shift: placer.vector(`${name} shift`, shift) }),
  };
}
