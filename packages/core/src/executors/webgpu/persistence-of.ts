import type { WebgpuExecutorOptions } from './executor-options.ts';
import type { Persistence } from './persistent-shape.ts';
import { tuning } from './tuning.ts';

/**
 * How workgroups of one dispatch would work together on a device; nothing is tried.
 *
 * @param width  Values of a row.
 * @returns nothing where every product has a dispatch.
 */
export function persistenceOf(
  { device, persistentWorkgroups }: WebgpuExecutorOptions,
  width: number,
): Persistence | undefined {
  const { limits, features, adapterInfo } = device;
  // Fewer than four values of a row cost a workgroup more to exchange than to compute.
  const few = 2 ** Math.floor(Math.log2(width / 4));
  const usual = adapterInfo?.vendor === 'nvidia' ? Math.min(tuning.persistentWorkgroups, few) : 0;
  const workgroups = persistentWorkgroups ?? usual;
  if (workgroups === 0) return undefined;
  const { subgroupMinSize = 1, subgroupMaxSize = 1 } = adapterInfo ?? {};
  const isEven = features.has('subgroups') && subgroupMinSize === subgroupMaxSize;
  return {
    workgroups,
    subgroup: isEven ? subgroupMinSize : 1,
    memoryBytes: limits.maxComputeWorkgroupStorageSize,
  };
}
