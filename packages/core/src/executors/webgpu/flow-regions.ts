import { flowSizes } from '../../program/network.ts';
import type { NetworkHead } from '../../program/network.ts';

/** Where a flow head works in one generation, in fours of the arena; R rows of its width W. */
export interface FlowRegions {
  /** `[R, W]`: embedded hidden states, the residual stream, and what is between the two products of a block. */
  readonly condition: number;
  readonly rows: number;
  readonly inner: number;
  /** `[R, (3 blocks + 2) W]`: the vectors of every norm. */
  readonly modulation: number;
  /** `[R, channels]`: noise that becomes latents, and its velocity. */
  readonly moving: number;
  readonly velocity: number;
  /** Embedded times of the Euler steps, `[steps, W]`. */
  readonly times: number;
  /** Latents that are done, `[N, items, channels]`. */
  readonly latents: number;
}

/** Sizes of a flow head in one generation. */
export interface FlowSizes {
  readonly head: Extract<NetworkHead, { kind: 'flow' }>;
  readonly rows: number;
  /** Latents of all positions and items. */
  readonly latents: number;
}

/**
 * Reserves everything that a flow head needs.
 *
 * @param words  Reserves some values and gives their place.
 */
export function flowRegions(
  words: (name: string, count: number) => number,
  { head, rows, latents }: FlowSizes,
): FlowRegions {
  const { mlp, steps } = head;
  const { width, channels } = flowSizes(head);
  return {
    condition: words('flow condition', rows * width),
    rows: words('flow rows', rows * width),
    inner: words('hidden flow rows', rows * width),
    modulation: words('flow vectors', rows * (3 * mlp.blocks.length + 2) * width),
    moving: words('latents in the making', rows * channels),
    velocity: words('flow velocity', rows * channels),
    times: words('flow times', steps * width),
    latents: words('latents', latents * channels),
  };
}
