import type { PlacedFlowHead } from './place-flow-head.ts';
import { recordWords } from './records.ts';
import type { Address } from './records.ts';
import type { RegionLayout } from './region.ts';

/** Where a flow head works in one generation; R rows, its width W. */
export interface FlowRegions {
  /** `[R, channels]`: noise that becomes latents, and its velocity. */
  readonly latents: Address;
  readonly velocity: Address;
  /** `[R, W]`: embedded hidden states, and the activated sum of them and the time. */
  readonly condition: Address;
  readonly active: Address;
  /** `[R, 3 W]` */
  readonly modulation: Address;
  /** `[R, W]`: residual stream, its normalized copy, and what is between the two products of a block. */
  readonly rows: Address;
  readonly normed: Address;
  readonly inner: Address;
  /** The guidance scale, one value. */
  readonly guidanceScale: Address;
  readonly program: Address;
  /** The program where the engine multiplies; absent where it never does. */
  readonly engineProgram?: Address;
}

/** Records of one block, of one Euler step besides, and before the first, at most: small formats quantize in front. */
const recordsOfBlock = 7;
const recordsOfStep = 8;
const firstRecords = 2;

/** Reserves everything that a flow head needs. */
export function flowRegions(
  layout: RegionLayout,
  { width, channels, steps, blocks }: PlacedFlowHead,
  { rows, hasEngineSteps }: { readonly rows: number; readonly hasEngineSteps: boolean },
): FlowRegions {
  const records = firstRecords + steps * (recordsOfStep + recordsOfBlock * blocks.length);
  const program = (name: string) => layout.words(name, records * recordWords);
  return {
    latents: layout.words('latents', rows * channels),
    velocity: layout.words('flow velocity', rows * channels),
    condition: layout.words('flow condition', rows * width),
    active: layout.words('active flow condition', rows * width),
    modulation: layout.words('flow vectors', rows * 3 * width),
    rows: layout.words('flow rows', rows * width),
    normed: layout.words('normalized flow rows', rows * width),
    inner: layout.words('hidden flow rows', rows * width),
    guidanceScale: layout.words('guidance scale', 1),
    program: program('program of the flow head'),
    ...(hasEngineSteps && { engineProgram: program('program of the flow head with the engine') }),
  };
}
