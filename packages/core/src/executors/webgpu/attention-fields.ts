import type { CacheFormat } from './bindings.wgsl.ts';
import type { ProgramSource } from './dispatch.ts';
import type { FieldValues, kernelFields } from './kernel-fields.ts';

/** Places of a kernel's cache in a place of the plan, which is 16 bytes: a four of halves takes half of them. */
export function cachePlaces(cacheFormat: CacheFormat): number {
  return cacheFormat === 'f32' ? 1 : 2;
}

/** Parameters of the attention of a block. */
export function attentionFields(
  { network, regions, sizes }: ProgramSource,
  index: number,
): FieldValues<typeof kernelFields> {
  const { heads, keyValueHeads, headSize, scaling } = network.parts.attention;
  const dotScale = scaling.form?.kind === 'dot' ? scaling.form.scale : undefined;
  return {
    heads,
    groups: keyValueHeads,
    headFours: headSize / 4,
    capacity: sizes.capacity,
    cache: regions.caches[index].at * cachePlaces(sizes.cacheFormat),
    angles: regions.angles,
    cosineFactors: regions.cosineFactors.at(index) ?? 0,
    scale: dotScale ?? headSize ** -0.5,
  };
}
