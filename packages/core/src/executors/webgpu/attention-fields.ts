import type { ProgramSource } from './dispatch.ts';
import type { FieldValues, kernelFields } from './kernel-fields.ts';

/** Parameters of the attention of a block. */
export function attentionFields(
  { network, regions, sizes }: ProgramSource,
  index: number,
): FieldValues<typeof kernelFields> {
  const { heads, keyValueHeads, headSize, scaling } = network.parts.attention;
  const dotScale = scaling.form?.kind === 'dot' ? scaling.form.scale : undefined;
  // A four of halves takes half the room: places count 16 bytes.
  const perPlace = sizes.cacheFormat === 'f32' ? 1 : 2;
  return {
    heads,
    groups: keyValueHeads,
    headFours: headSize / 4,
    capacity: sizes.capacity,
    cache: regions.caches[index].at * perPlace,
    angles: regions.angles,
    cosineFactors: regions.cosineFactors.at(index) ?? 0,
    scale: dotScale ?? headSize ** -0.5,
  };
}
