import { ResourceError } from '../../errors.ts';
import type { Dispatch } from './dispatch.ts';
import type { GpuDevice } from './device.ts';

/**
 * Checks that no dispatch has more workgroups than the device takes: it would be dropped.
 *
 * @param program  Dispatches of every step.
 * @throws {ResourceError} OOM naming the step.
 */
export function assertGrids(
  { limits }: Pick<GpuDevice, 'limits'>,
  program: readonly (readonly Dispatch[])[],
): void {
  const most = limits.maxComputeWorkgroupsPerDimension;
  // Steps of one size are one array.
  for (const dispatches of new Set(program)) {
    const sides = dispatches.flatMap(({ grid }) => grid.filter((side) => side !== 'splits'));
    const largest = Math.max(...sides);
    if (largest <= most) continue;
    throw new ResourceError(
      `webgpu executor: step ${program.indexOf(dispatches)} must take at most ${most} workgroups in a dimension, it takes ${largest}. Generate fewer items at once.`,
      'OOM',
    );
  }
}
