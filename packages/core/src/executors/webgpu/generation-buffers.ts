import type { DecodeOptions } from '../../decode/executor.ts';
import { planLength } from '../../plan/plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { keyFromSeed } from '../../random/threefry.ts';
import type { ProgramSource } from './dispatch.ts';
import { bufferUsage } from './device.ts';
import type { GenerationMemory } from './generation-regions.ts';
import { storageUsage } from './gpu-memory.ts';
import type { BufferRequest } from './gpu-memory.ts';

/** Slices on their way at most, so that the device never waits for the host. */
export const mostSlices = 3;

/** The buffers of one generation, in their order. */
export function bufferRequests(
  memory: GenerationMemory,
  {
    kernelBytes,
    stepBytes,
    source,
  }: {
    readonly kernelBytes: ArrayBuffer;
    readonly stepBytes: ArrayBuffer;
    readonly source: ProgramSource;
  },
): BufferRequest[] {
  const uniform = bufferUsage.uniform | bufferUsage.copyTarget;
  const { items, capacity } = source.sizes;
  const reader = {
    label: 'tokens on their way',
    // Two words at least, for a meeting.
    bytes: Math.max(8, 4 * items * capacity * tokenSizeOf(source)),
    usage: bufferUsage.mapRead | bufferUsage.copyTarget,
  };
  return [
    { label: 'kernels', bytes: kernelBytes.byteLength, usage: uniform },
    { label: 'steps', bytes: stepBytes.byteLength, usage: uniform },
    { label: 'rows', bytes: memory.arena.sizes[0], usage: storageUsage },
    { label: 'state', bytes: memory.state.sizes[0], usage: storageUsage },
    ...memory.caches.sizes.map((bytes) => ({ label: 'cache', bytes, usage: storageUsage })),
    ...Array.from({ length: mostSlices }, () => reader),
  ];
}

/** Values of one token. */
export function tokenSizeOf({ placed: { head } }: ProgramSource): number {
  return head.kind === 'categorical' ? 1 : head.channels;
}

/** Ids to come, given ids position by position, keys of the items, and positions in generation order. */
export function initialState(
  { regions, sizes }: ProgramSource,
  plan: Plan,
  { seeds, given }: DecodeOptions,
): Int32Array {
  const { state } = regions;
  const { items } = sizes;
  const length = planLength(plan);
  const values = new Int32Array(state.length);
  values.fill(-1, state.ids, state.given + items * length);
  for (let item = 0; item < items; item++) {
    for (let position = 0; given !== undefined && position < length; position++) {
      values[state.given + position * items + item] = given[item * length + position];
    }
    values.set(keyFromSeed(seeds[item]), state.keys + 2 * item);
  }
  values.set(plan.positions, state.positions);
  return values;
}
